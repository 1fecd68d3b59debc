/**
 * How much a frame differs from what the receiver already holds, measured on the pixel descriptor.
 * Energies are squared grey levels, summed over the cells of the patch grid.
 */
export interface ChangeScore {
  /** 0 (nothing above the noise floor) … 1 (every cell changed): the share of cells with a significant residual. */
  readonly value: number;
  /** Weighted residual energy if nothing is sent: the price of holding. */
  readonly holdEnergy: number;
  /** Weighted residual energy left after sending each scale of the ladder, coarsest first; the last is 0. */
  readonly scaleEnergies: readonly number[];
  /** Hard cut: the picture has little to do with the one before it. */
  readonly cut: boolean;
  /** The change is mostly one shift of light over the whole picture. */
  readonly flash: boolean;
  /** First frame of a source or of an epoch: the receiver holds nothing. */
  readonly first: boolean;
  /** Seconds since the oldest significant residual appeared; 0 where there is none. */
  readonly staleS: number;
  /** The learned noise floor: energy of one cell in which nothing happens, squared grey levels. */
  readonly noiseFloor: number;
}
