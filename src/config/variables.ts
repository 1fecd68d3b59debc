/** A text with its variables replaced. */
export interface Filled {
  readonly text: string;
  /** What is wrong with the variables in it, without the value of any. */
  readonly faults: readonly string[];
}

/** `$${` stands for `${`; else `${NAME}`, or something that was meant to be. */
const reference = /\$\$\{|\$\{([^}]*)(\}?)/g;

/**
 * Replaces every `${NAME}` by the variable of the environment; `$${` stands for `${` itself. A value that holds `${NAME}`
 * is not looked into again. What is wrong stays as it was written.
 */
export function fillVariables(text: string, env: NodeJS.ProcessEnv): Filled {
  const faults = new Set<string>();
  const filled = text.replace(reference, (whole, name: string | undefined, end: string) => {
    if (name === undefined) return '${';
    if (end === '' || !/^[A-Za-z_]\w*$/.test(name)) {
      faults.add('it holds "${" without the name of a variable and "}": write "$${" for these characters themselves');
      return whole;
    }
    const value = env[name];
    if (value === undefined) faults.add(`the environment has no variable ${name}`);
    return value ?? whole;
  });
  return { text: filled, faults: [...faults] };
}
