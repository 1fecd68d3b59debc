// The product's own generator and shuffle, so that a seed means the same in both.
export { randomNumbers, shuffled } from '#dist/analyze/shuffled.js';
