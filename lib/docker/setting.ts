/** What encloses settings: `[www]`, or `location = /index.php { … }`. */
export interface Block {
  /** As it stands, without brackets: `www`, `location = /index.php`. */
  readonly name: string;
  /** Line number of its beginning, from 1. */
  readonly line: number;
}

/** A setting in a configuration file. */
export interface Setting {
  /** As its daemon understands it: without capitals or hyphens where these make no difference. */
  readonly key: string;
  /** Without quotation marks and comment; several words have one space between them. */
  readonly value: string;
  /** Line number, from 1. */
  readonly line: number;
  /** Sections or blocks around it, outermost first. */
  readonly within: readonly Block[];
}

/** What a file's grammar does not allow, or what its daemon would understand otherwise than a human does. */
export interface Mistake {
  readonly line: number;
  /** What is wrong and what would be right. */
  readonly problem: string;
}

/** A file as its daemon reads it. */
export interface Parsed {
  readonly settings: readonly Setting[];
  readonly mistakes: readonly Mistake[];
}
