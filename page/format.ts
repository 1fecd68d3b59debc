const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

/** Three digits or so: 0.42, 12.4, 1,440. */
export function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: value === 0 ? 0 : digits });
}

/** A whole number: 1,440. */
export function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}

/** "1 drop", "3 drops". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share of 1: 0.4 %, 3.1 %, 42 %. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })} %`;
}

/** Time of a frame: the time of day for a camera, minutes and seconds into a file. */
export function timeOf(timeS: number, live: boolean): string {
  if (live) return clock.format(timeS * 1000);
  const tenths = Math.round(timeS * 10);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}
