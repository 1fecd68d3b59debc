/** How the contents of frames get coarser, and how several become one. Neither changes what it is given. */
export interface Aging<Content> {
  /**
   * One scale of the ladder down: a window that goes down several asks for each in turn, so that how a frame got to
   * a scale never shows in its values.
   */
  coarser(content: Content, fromTokens: number, toTokens: number): Content;
  /** One content for adjacent frames, at the ladder's coarsest scale, oldest first; at least two. */
  merge(contents: readonly CountedContent<Content>[]): Content;
}

/** A content, and how many frames it stands for. */
export interface CountedContent<Content> {
  readonly content: Content;
  readonly frames: number;
}
