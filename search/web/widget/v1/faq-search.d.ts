// Types of the <faq-search> element. Its behaviour is described in docs/widget.md.

/** A node of rendered text: a text, or an element, [tag, attributes?, ...nodes]. */
export type Node = string | ElementNode;
export interface ElementNode extends Array<Node | Record<string, string>> {}

export interface Related {
  id: string;
  question: string;
}

export interface Rendered {
  question: Node[];
  answer?: Node[];
  snippet: Node[];
  related?: Related[];
}

export interface Entry {
  id: string;
  question: string;
  url: string | null;
  locale: string | null;
  tags: string[];
  rendered: Rendered;
}

export interface Hit extends Entry {
  answer: string;
  score: number;
  confidence: number;
}

export interface Suggestion {
  kind: "question" | "variant" | "query";
  text: string;
  id: string;
  question: string;
  highlights: [start: number, end: number][];
  rendered: Node[];
}

/** What the API answered; without the service, only what a static snapshot has. */
export interface Answer {
  query_id?: string;
  query?: string;
  corrected?: string | null;
  collection: string;
  snapshot?: string;
  decision?: "answer" | "clarify" | "no_answer";
  confidence?: number;
  choices?: string[];
  fallback?: { text: string; url: string | null; rendered?: Node[] } | null;
  hits?: Hit[];
  suggestions?: Suggestion[];
  words?: string[];
}

export type Labels = Record<string, string>;

export class FaqSearch extends HTMLElement {
  /** What is said, by language. Add a language before the element is used, or change one. */
  static languages: Record<string, Labels>;

  /** The attributes, as properties; null where there is none. */
  endpoint: string | null;
  collection: string | null;
  locale: string | null;
  get tags(): string | null;
  set tags(value: string | string[] | null);
  placeholder: string | null;
  label: string | null;
  get top(): string | null;
  set top(value: string | number | null);
  theme: "light" | "dark" | "auto" | null;
  hotkey: string | null;
  fallback: string | null;
  get labels(): string | null;
  set labels(value: string | Labels | null);
  log: "off" | null;
  get offline(): string | null;
  set offline(value: string | boolean | null);

  /** What is in the field. To set it asks nothing. */
  value: string;
  /** The answer on show, or null. */
  readonly answer: Answer | null;
  /** The keys that lead here. */
  readonly hotkeys: string[];

  /** Put a question into the field and ask it. Resolves to the answer, or to null where none came. */
  search(question: string): Promise<Answer | null>;
  open(): void;
  close(): void;
  clear(): void;
}

export interface FaqSearchDetail {
  query: string;
  answer: Answer;
}

export interface FaqSelectDetail {
  id: string;
  question: string;
  url: string | null;
  /** Where the hit stood, from 1; undefined for a related entry. */
  position?: number;
  entry: Entry;
  answer: Answer;
}

export interface FaqFeedbackDetail {
  id: string;
  helpful: boolean;
  reason?: string;
  answer: Answer;
}

declare global {
  interface HTMLElementTagNameMap {
    "faq-search": FaqSearch;
  }
  interface GlobalEventHandlersEventMap {
    "faq-search": CustomEvent<FaqSearchDetail>;
    "faq-select": CustomEvent<FaqSelectDetail>;
    "faq-feedback": CustomEvent<FaqFeedbackDetail>;
    "faq-no-answer": CustomEvent<FaqSearchDetail>;
  }
}
