import { AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX } from 'node-av/constants';
import type { FFHWDeviceType } from 'node-av/constants';
import { FFmpegError, Frame as Picture, HardwareDeviceContext } from 'node-av/lib';
import type { Codec, CodecContext } from 'node-av/lib';
import { softwareInstead } from './hardware-notes.ts';
import { checked } from './libav-runtime.ts';

/** The names of the devices that this build of libav can use for the codec, in libav's order. */
function devicesFor(decoder: Codec): string[] {
  const names: string[] = [];
  for (let config = decoder.getHwConfig(0), i = 1; config; config = decoder.getHwConfig(i++)) {
    const name = HardwareDeviceContext.getTypeName(config.deviceType);
    if (name && (config.methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) !== 0) names.push(name);
  }
  return names;
}

function createDevice(name: string): HardwareDeviceContext | string {
  const device = new HardwareDeviceContext();
  const result = device.create(HardwareDeviceContext.findTypeByName(name as FFHWDeviceType), null, null);
  if (result >= 0) return device;
  device.free();
  return `${name}: ${FFmpegError.strerror(result)}`;
}

/** A device that decodes, and the way of its pictures into ordinary memory. */
export class LibavHardware {
  readonly #device: HardwareDeviceContext;
  readonly #memory = new Picture();
  readonly #onSoftware: () => void;
  #used: boolean | undefined;

  /**
   * Gives the codec, which is not open yet, the device that is wanted (`auto`: the first that can be had). Undefined
   * where there is none; `onNote` then says why. libav itself turns to software where the device cannot decode this
   * very stream.
   */
  static attach(
    codec: CodecContext,
    decoder: Codec,
    wanted: string,
    onNote: (text: string) => void,
  ): LibavHardware | undefined {
    if (wanted === 'off') return undefined;
    const able = devicesFor(decoder);
    const tried = able.filter((name) => wanted === 'auto' || wanted === name);
    const reasons: string[] = [];
    for (const name of tried) {
      const device = createDevice(name);
      const unfit = (): void => onNote(softwareInstead(wanted, `${name} does not decode this stream`));
      if (typeof device !== 'string') return new LibavHardware(codec, device, unfit);
      reasons.push(device);
    }
    const unable = `the built-in decoder uses it for ${able.length > 0 ? able.join(', ') : 'nothing'}`;
    onNote(softwareInstead(wanted, reasons.length > 0 ? reasons.join('; ') : unable));
    return undefined;
  }

  private constructor(codec: CodecContext, device: HardwareDeviceContext, onSoftware: () => void) {
    this.#onSoftware = onSoftware;
    this.#device = device;
    this.#memory.alloc();
    codec.hwDeviceCtx = device;
  }

  /** Brings a picture that lies on the device into memory, in place; leaves any other alone. */
  async fetch(picture: Picture): Promise<void> {
    const used = picture.isHwFrame();
    if (!used && this.#used !== false) this.#onSoftware();
    this.#used = used;
    if (!used) return;
    const memory = this.#memory;
    checked(await picture.hwframeTransferData(memory), 'fetching a picture from the device');
    checked(memory.copyProps(picture), 'fetching a picture from the device');
    picture.unref();
    checked(picture.ref(memory), 'fetching a picture from the device');
    memory.unref();
  }

  /** After the codec was freed. */
  free(): void {
    this.#memory.free();
    this.#device.free();
  }
}
