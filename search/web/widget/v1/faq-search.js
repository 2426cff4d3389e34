// <faq-search>, the search box of a help page: docs/widget.md tells how to use it, and how it works inside.
// Served as it stands. It makes elements, never markup, and needs no inline script or style.

const PAUSE = 280, SETTLED = 500; // ms without a key: then what was held back is asked; then a decision is told
const SKELETON = 200, SLOW = 3000, GIVE_UP = 20000; // ms without an answer
const SHORT = 3; // letters that are worth a search; fewer are only completed
const KEPT = 60, SUGGESTIONS = 4, NEAREST = 3;

const LANGUAGES = {
  en: {
    placeholder: "Ask a question…", clear: "Clear",
    answers: "Answers", best: "Best answer", clarify: "Did you mean", nothing: "We have no answer to that.",
    nearest: "These come closest:", corrected: "Searched for {q}.",
    typed: "Search for {q}", searching: "Searching…", slow: "This is taking longer than usual.",
    failed: "The search can’t be reached.",
    retry: "Try again", back: "Back to the results", copy: "Copy link",
    copied: "Link copied", more: "Read more", related: "Related questions", helpful: "Was this helpful?", yes: "Yes",
    no: "No", why: "What was missing?", send: "Send", thanks: "Thank you.",
    person: "Talk to a person",
  },
  de: {
    placeholder: "Stellen Sie eine Frage …", clear: "Leeren",
    answers: "Antworten", best: "Beste Antwort", clarify: "Meinten Sie",
    nothing: "Darauf haben wir keine Antwort.", nearest: "Am nächsten kommt:",
    corrected: "Gesucht wurde {q}.", typed: "Nach {q} suchen", searching: "Suche läuft …",
    slow: "Das dauert länger als sonst.", failed: "Die Suche ist nicht erreichbar.",

    retry: "Erneut versuchen", back: "Zurück zu den Ergebnissen",
    copy: "Link kopieren", copied: "Link kopiert", more: "Mehr dazu", related: "Verwandte Fragen",
    helpful: "War das hilfreich?", yes: "Ja", no: "Nein", why: "Was hat gefehlt?", send: "Senden",
    thanks: "Vielen Dank.", person: "Mit einem Menschen sprechen",
  },
  es: {
    placeholder: "Haga una pregunta…", clear: "Borrar",
    answers: "Respuestas", best: "Mejor respuesta", clarify: "Quizá quiso decir", nothing: "No tenemos respuesta a eso.",
    nearest: "Lo más parecido:", corrected: "Se buscó {q}.",
    typed: "Buscar {q}", searching: "Buscando…", slow: "Está tardando más de lo normal.",
    failed: "No se puede acceder a la búsqueda.",
    retry: "Reintentar", back: "Volver a los resultados",
    copy: "Copiar enlace", copied: "Enlace copiado", more: "Leer más", related: "Preguntas relacionadas",
    helpful: "¿Le ha sido útil?", yes: "Sí", no: "No", why: "¿Qué faltaba?", send: "Enviar", thanks: "Gracias.",
    person: "Hablar con una persona",
  },
  zh: {
    placeholder: "请输入问题…", clear: "清除", answers: "答案", best: "最佳答案",
    clarify: "您是不是想问", nothing: "暂时没有这个问题的答案。", nearest: "最接近的问题：",
    corrected: "已搜索“{q}”。", typed: "改为搜索“{q}”", searching: "正在搜索…", slow: "用时比平常长。",
    failed: "无法连接搜索服务。", retry: "重试",
    back: "返回结果", copy: "复制链接", copied: "链接已复制", more: "查看更多", related: "相关问题",
    helpful: "这个答案有帮助吗？", yes: "有", no: "没有", why: "缺少了什么？", send: "发送", thanks: "谢谢。",
    person: "联系人工客服",
  },
};

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { display: block; position: relative }
:host([hidden]), [hidden], .away, .head:empty { display: none !important }
.root { all: initial; display: block; position: relative; color-scheme: light dark; color: var(--ink); overflow-wrap: anywhere;
  font: var(--faq-font-size, medium)/1.5 system-ui; font-family: var(--faq-font, inherit);
  --ink: var(--faq-ink, light-dark(#1b1f24, #e6edf3)); --soft: var(--faq-soft, light-dark(#57606a, #9aa5b1));
  --ground: var(--faq-ground, light-dark(#fff, #161b22)); --raised: var(--faq-raised, light-dark(#f1f4f7, #242c36));
  --line: var(--faq-line, light-dark(#818b96, #6e7985)); --accent: var(--faq-accent, light-dark(#0b57d0, #8ab4f8));
  --on-accent: var(--faq-on-accent, light-dark(#fff, #0f1419)); --mark: var(--faq-mark, light-dark(#fdeeb5, #5b4a12));
  --radius: var(--faq-radius, .75em); --inner: calc(var(--radius) * .7) }
:host([theme=light]) .root { color-scheme: light }
:host([theme=dark]) .root { color-scheme: dark }
.root * { box-sizing: border-box }
.field, .row, .option { display: flex; align-items: center; gap: .5em }
.field, .panel { background: var(--ground); border: 1px solid var(--line); border-radius: var(--radius) }
.field { padding-inline: .9em .2em }
.lens { flex: none; width: .85em; height: .85em; border: 2px solid var(--soft); border-radius: 50%; position: relative }
.lens::after { content: ""; position: absolute; top: 85%; left: 85%; width: .45em; border-top: 2px solid var(--soft);
  transform: rotate(45deg); transform-origin: 0 0 }
input, button, textarea, .person { all: unset; box-sizing: border-box; min-height: 2.75em; overflow-wrap: anywhere }
input, textarea { flex: 1; min-width: 0; text-align: start; cursor: text }
input::placeholder { color: var(--soft) }
.hotkey { font: .8em system-ui; color: var(--soft); border: 1px solid; border-radius: .3em; padding: .1em .4em; margin-inline-end: .6em;
  white-space: nowrap }
button, .person { padding: .5em .75em; min-width: 2.75em; text-align: center; border-radius: var(--inner); color: var(--accent); cursor: pointer }
.retry, .vote, .send, .person { border: 1px solid }
.person { display: inline-block; background: var(--accent); color: var(--on-accent) }
.field:focus-within, :focus-visible { outline: 3px solid var(--accent); outline-offset: 1px }
input:focus, h2:focus { outline: none }
.panel { position: absolute; inset: calc(100% + .4em) 0 auto; z-index: var(--faq-z-index, 1000); overflow: auto;
  max-height: var(--faq-max-height, min(70vh, 34em)); overscroll-behavior: contain; box-shadow: var(--faq-shadow, 0 .6em 2em #0003) }
.head { padding: .5em .95em .1em; font-size: .85em; color: var(--soft) }
.head b { color: var(--ink) }
.head button, .other { display: inline; min-height: 0; padding: .3em 0; text-align: start; text-decoration: underline }
.list { padding: .2em .35em .35em }
.option { min-height: 2.75em; padding: .45em .6em; border: 1px solid transparent; border-radius: var(--inner); cursor: pointer }
.option div { min-width: 0 }
.option[aria-selected=true] { border-color: var(--accent) }
.option[aria-selected=true], .option:hover, button:hover { background: var(--raised) }
.question { font-weight: 600 }
.best .hit:first-child { border-inline-start: 3px solid var(--accent) }
.snippet { display: block; color: var(--soft); font-size: .9em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.stale { opacity: .65 }
mark { background: var(--mark); color: var(--ink) }
.note, .answer { padding: .3em .95em .9em }
.content { overflow-x: auto }
.skeleton { height: 1em; margin: .9em 0; border-radius: .5em; background: var(--raised) }
h2 { font-size: 1.15em; line-height: 1.3; margin: .4em 0 }
h3, h4, h5, h6, p, ul, ol, pre, blockquote { font-size: 1em; margin: .5em 0 }
a { color: var(--accent) }
pre, blockquote { overflow-x: auto; padding: .5em .8em; background: var(--raised) }
ul, ol { padding-inline-start: 1.4em }
td, th { border: 1px solid var(--line); padding: .3em .5em; text-align: start }
.row { flex-wrap: wrap; margin: .5em 0 1em }
.back { margin-inline-start: -.75em }
textarea { display: block; width: 100%; min-height: 4.5em; padding: .5em; border: 1px solid var(--line); white-space: pre-wrap }
.status { position: absolute; clip-path: inset(50%) }
@media (prefers-reduced-motion: no-preference) {
  .panel { animation: rise .12s }
  .skeleton { animation: wait 1s infinite alternate }
  @keyframes rise { from { opacity: 0; transform: translateY(-.3em) } }
  @keyframes wait { to { opacity: .5 } }
}
@media (prefers-contrast: more) { .root { --line: var(--ink); --soft: var(--ink) } }
@media (forced-colors: active) { .option[aria-selected=true] { outline: 2px solid Highlight } }
@media (hover: none) { .hotkey { display: none } }
`);

const OPTIONS = "endpoint collection locale tags placeholder label top theme hotkey fallback labels log offline".split(" ");
const TAG = /^(p|br|strong|em|code|pre|blockquote|[uo]l|li|a|h[3-6r]|table|t(head|body|[rhd])|mark)$/;
const LINK = /^(https?:\/\/|mailto:|tel:|[/#])/i;
const DENSE = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]/; // written without spaces
const ROOT = new URL("../../", import.meta.url).href;

// name: class and part. Attributes that are functions are listeners.
function h(tag, name, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries({ class: name, part: name, ...attributes })) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value != null) node.setAttribute(key, value);
  }
  node.append(...children.flat());
  return node;
}

// Nodes of JsonML, as the service renders answers. Of what it would never send, only the text stays.
function nodes(tree) {
  return (tree ?? []).map((part) => {
    if (!Array.isArray(part)) return String(part);
    const [tag, ...rest] = part, { href, start } = rest[0]?.constructor === Object ? rest.shift() : {};
    if (!TAG.test(tag) || (tag === "a" && !LINK.test(href))) return h("span", null, null, nodes(rest));
    return h(tag, null, tag === "a" ? { href, rel: "noopener nofollow" } : tag === "ol" ? { start } : null, nodes(rest));
  });
}

const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const wordsOf = (text) => folded(text).match(DENSE.test(text) ? /[\p{L}\p{N}]/gu : /[\p{L}\p{N}]+/gu) ?? [];
const asked = (text) => text.replace(/\s+/g, " ").replace(/[\s?!.,;:…？！。，]+$/, "").trim();

// Entries of a static snapshot that hold most of a query's words, or their beginnings.
function matching({ questions }, query) {
  const wanted = wordsOf(query), size = wanted.join("").length;
  const likeness = (text) => {
    const words = wordsOf(text), found = wanted.filter((word) => words.some((other) => other.startsWith(word)));
    return found.join("").length / size - words.length / 1000;
  };
  return questions.map((entry) => [Math.max(...[entry.question, ...entry.variants].map(likeness)), entry])
    .filter(([best]) => best > 0.4).sort(([one], [other]) => other - one).map(([, entry]) => entry);
}

// Ties the searches of a visit together: random, and gone with the tab.
let visit;
function session() {
  try { visit ??= sessionStorage.faqSearch; } catch {}
  visit ??= crypto.getRandomValues(new Uint32Array(4)).join("-");
  try { sessionStorage.faqSearch = visit; } catch {}
  return visit;
}

// Whether keys go to a field: a closed element may hold one.
function typing(event) {
  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return [event.composedPath()[0], focused].some((node) => node instanceof HTMLElement && (node.isContentEditable
    || node.matches("input,textarea,select,[role=textbox],[role=combobox]") || (node.localName.includes("-") && !node.shadowRoot)));
}

const boxes = new Set();
document.addEventListener("keydown", (event) => {
  const key = (event.ctrlKey || event.metaKey ? "ctrl+" : "") + event.key?.toLowerCase();
  const box = [...boxes].find((one) => one.hotkeys.includes(key) && one.checkVisibility());
  if (!box || event.defaultPrevented || event.isComposing || event.altKey || typing(event)) return;
  event.preventDefault();
  box.focus();
  box.open();
});

export class FaqSearch extends HTMLElement {
  static formAssociated = true;
  static observedAttributes = [...OPTIONS, "lang", "dir"];
  static languages = LANGUAGES;

  #internals = this.attachInternals();
  #shadow = this.attachShadow({ mode: "open" });
  #say = LANGUAGES.en;
  #rows = []; // {key, hit, position} or {key, suggestion}
  #chosen = -1; // row, by key
  #pointed = -1; // row, by pointer
  #shown = null; // {query, answer}
  #asked = "";
  #opening = null; // {query, id} to open once it is answered
  #literal = null; // query to search as it was typed
  #cache = new Map();
  #running = [];
  #sent = 0;
  #arrived = 0;
  #credit = 1; // requests that typing may send
  #lastKey = 0;
  #pause = PAUSE;
  #failed = false;
  #dismissed = false;
  #live = false; // Android composes every word
  #snapshot = null;
  #timers = {};
  #ui;

  constructor() {
    super();
    const input = h("input", "input", { type: "text", role: "combobox", inputmode: "search", maxlength: 512, dir: "auto",
      enterkeyhint: "search", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": "list", input: (event) => (event.isComposing && !this.#live) || this.#typed(),
      compositionend: () => this.#typed(), keydown: (event) => this.#key(event), focus: () => this.#prepare() });
    const erase = h("button", "clear", { type: "button", click: () => { this.clear(); this.focus(); } }, "✕");
    const hint = h("kbd", "hotkey", { "aria-hidden": "true" });
    const head = h("div", "head");
    const list = h("div", "list", { id: "list", role: "listbox", mousedown: (event) => event.preventDefault(), // keeps the focus
      pointerdown: (event) => this.#point(event), pointermove: (event) => this.#point(event),
      pointerleave: () => { this.#pointed = -1; }, click: (event) => this.#choose(this.#rows[this.#point(event)]) });
    const note = h("div", "note", { hidden: "" });
    const article = h("article", "answer", { hidden: "", "aria-labelledby": "title" });
    const panel = h("div", "panel", { hidden: "" }, head, list, note, article);
    const status = h("div", "status", { role: "status" });
    const root = h("div", "root", { keydown: (event) => event.key === "Escape" && this.#escape(event) },
      h("div", "field", null, h("span", "lens"), input, hint, erase), panel, status);
    this.#ui = { input, erase, hint, head, list, note, article, panel, status, root };
    this.#shadow.adoptedStyleSheets = [STYLE];
    this.#shadow.append(root);
    this.#shadow.addEventListener("focusout", ({ relatedTarget: next }) => next && !this.#shadow.contains(next) && this.close());
  }

  get value() { return this.#ui.input.value; }
  set value(text) {
    const { input, erase, hint } = this.#ui;
    if (input.value !== text) input.value = text ?? "";
    erase.hidden = !this.value;
    hint.hidden = !hint.textContent || !erase.hidden;
    this.#internals.setFormValue(this.value);
  }

  get answer() { return this.#shown?.answer ?? null; }

  get hotkeys() {
    return (this.hotkey ?? "/ ctrl+k").toLowerCase().split(" ").filter((key) => key !== "off");
  }

  async search(question) {
    this.value = question;
    this.#lastKey = 0;
    this.open();
    const query = asked(this.value), kept = this.#cache.get(query);
    if (!query) this.clear();
    else if (kept) this.#show(query, kept);
    else await this.#ask(query, true);
    return this.#shown?.query === query ? this.answer : null;
  }

  open() {
    this.#dismissed = false;
    this.#reveal();
  }

  close() {
    this.#dismissed = this.#ui.panel.hidden = true;
    this.#mark(-1);
  }

  #reveal() {
    this.#ui.panel.hidden = this.#dismissed || (!this.#shown && this.#ui.note.hidden);
    this.#expand();
  }

  clear() {
    this.value = "";
    this.#forget();
  }

  focus(options) { this.#ui.input.focus(options); }

  connectedCallback() {
    boxes.add(this);
    document.addEventListener("pointerdown", this.#outside);
    window.addEventListener("online", this.#online);
    for (const name of OPTIONS) { // set before the module came
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#configure();
    // What was typed into the plain form stays.
    const plain = this.querySelector("input:not([type=hidden])");
    if (!plain || this.value) return;
    this.value = plain.value;
    if (plain !== plain.getRootNode().activeElement) return;
    this.focus();
    if (plain.value !== plain.defaultValue) this.#typed();
  }

  disconnectedCallback() {
    boxes.delete(this);
    document.removeEventListener("pointerdown", this.#outside);
    window.removeEventListener("online", this.#online);
    this.#forget();
  }

  attributeChangedCallback() { if (this.isConnected) this.#configure(); }
  formResetCallback() { this.clear(); }
  formDisabledCallback(disabled) { this.#ui.input.disabled = disabled; }

  #outside = (event) => event.composedPath().includes(this) || this.close();
  #online = () => this.#failed && this.#ask(asked(this.value));

  #configure() {
    const { root, input, erase, hint, list } = this.#ui;
    const lang = (this.closest("[lang]") ?? document.documentElement).lang || this.locale || navigator.language;
    const strings = LANGUAGES[lang] ?? LANGUAGES[lang.split("-")[0].toLowerCase()];
    let labels;
    try { labels = JSON.parse(this.labels); } catch { console.warn("faq-search: labels is no JSON:", this.labels); }
    const say = this.#say = { ...LANGUAGES.en, ...strings, ...labels };
    root.lang = strings ? lang : "en";
    this.#live = /Android/.test(navigator.userAgent) && !/^(zh|ja|ko)/i.test(lang);
    root.dir = getComputedStyle(this).direction;
    input.placeholder = this.placeholder ?? say.placeholder;
    input.ariaLabel = this.label ?? input.placeholder;
    erase.ariaLabel = say.clear;
    list.ariaLabel = say.answers;
    hint.textContent = (this.hotkeys[0] ?? "").replace("ctrl+", /Mac|iP/.test(navigator.platform) ? "⌘ " : "Ctrl ").toUpperCase();
    this.value = this.value;
    this.#cache.clear();
  }

  #url(path, query) {
    const url = new URL(path, new URL(this.endpoint ? `${this.endpoint}/` : ROOT, document.baseURI));
    for (const key in query) if (query[key]) url.searchParams.set(key, query[key]);
    return url;
  }

  async #get(path, query, stop = new AbortController()) {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(GIVE_UP)]);
    const response = await fetch(this.#url(path, query), { signal, credentials: "omit" }), body = await response.json();
    if (!response.ok) throw new Error(body.detail);
    return body;
  }

  #typed() {
    this.value = this.value;
    const now = performance.now();
    this.#pause = Math.min(PAUSE, Math.max(120, 1.3 * (now - this.#lastKey))); // between keys
    this.#lastKey = now;
    this.#pointed = -1;
    this.#dismissed = this.#opening = null;
    this.#mark(-1);
    if (!asked(this.value)) return this.#forget();
    this.#leave();
    this.#credit = Math.min(this.#credit + 0.47, 8);
    this.#schedule();
    this.#settleSoon();
  }

  #schedule(now) {
    const query = asked(this.value), kept = this.#cache.get(query);
    clearTimeout(this.#timers.ask);
    if (kept) this.#show(query, kept);
    else if (query !== this.#asked || (now && this.#failed)) {
      if (now || !this.#asked || this.#credit >= this.#price(query)) this.#ask(query);
      else this.#timers.ask = setTimeout(() => this.#ask(query), this.#pause);
    }
  }

  // In credit. Begun words are not asked: the service tells what their first letters may become.
  #price(query) {
    const [, before, word] = query.match(/^(.*?)([\p{L}\p{M}\p{N}]*)$/su);
    if (!word || DENSE.test(word)) return 1;
    const { query: shown = "", answer } = this.#shown ?? {}, typed = folded(word), words = answer?.words ?? [];
    if (shown.length <= before.length || !query.startsWith(shown)) return before && word.length < SHORT ? 3 : 1;
    return !words.includes(typed) && words.some((other) => other.startsWith(typed)) ? Infinity : 1;
  }

  async #ask(query, whole = query.length >= SHORT || DENSE.test(query)) {
    const number = ++this.#sent, request = new AbortController(), { collection, locale, tags } = this;
    this.#asked = query;
    this.#credit -= 1;
    this.#failed = false;
    // The one before may still arrive: on a slow line it is all that is seen.
    if (this.#running.push(request) > 2) this.#running.shift().abort();
    this.#wait();
    try {
      const answer = await this.#get(whole ? "v1/search" : "v1/suggest", { q: query, collection, locale, tags,
        top: whole ? this.top ?? 5 : SUGGESTIONS, ...(whole && { suggest: SUGGESTIONS, render: true, source: "widget",
          session: session(), log: this.log === "off" && "false", correct: query === this.#literal && "false" }) }, request);
      this.#cache.delete(query);
      if (this.#cache.set(query, answer).size > KEPT) this.#cache.delete(this.#cache.keys().next().value);
      if (number > this.#arrived && asked(this.value).startsWith(query)) {
        this.#arrived = number;
        this.#show(query, answer);
      }
    } catch (error) {
      if (number === this.#sent && error.name !== "AbortError") await this.#fail(query, error);
    } finally {
      this.#running = this.#running.filter((other) => other !== request);
    }
  }

  #wait() {
    const { panel, list, note, status } = this.#ui;
    this.#timers.bones ??= setTimeout(() => {
      panel.ariaBusy = "true";
      if (this.#rows.length) return list.classList.add("stale");
      status.textContent = this.#say.searching;
      note.replaceChildren(...Array.from({ length: 4 }, () => h("div", "skeleton")));
      note.hidden = false;
      this.#reveal();
    }, SKELETON);
    this.#timers.slow ??= setTimeout(() => this.#tell(this.#say.slow), SLOW);
  }

  #waited() {
    const { panel, list, note } = this.#ui, { bones, slow } = this.#timers;
    clearTimeout(bones);
    clearTimeout(slow);
    this.#timers.bones = this.#timers.slow = panel.ariaBusy = null;
    list.classList.remove("stale");
    note.hidden = true;
  }

  #tell(message) {
    const { note, status } = this.#ui;
    note.replaceChildren(h("p", null, null, message), h("button", "retry", { type: "button", click: () => {
      this.focus();
      this.#waited();
      this.#ask(asked(this.value));
    } }, this.#say.retry));
    status.textContent = message;
    note.hidden = false;
    this.#reveal();
  }

  async #fail(query, error) {
    console.warn(`faq-search: no answer from ${this.#url("")} (${error.message}). Is ${location.origin} in its FAQ_CORS_ORIGINS?`);
    const { failed, nearest } = this.#say, snapshot = await this.#snapshot;
    if (query !== asked(this.value)) return;
    this.#waited();
    this.#failed = true;
    const hits = snapshot ? matching(snapshot, query).slice(0, this.top ?? 5) : [];
    if (snapshot) this.#show(query, { hits, collection: snapshot.collection });
    this.#tell(hits.length ? `${failed} ${nearest}` : failed);
  }

  #prepare() {
    if ((this.offline ?? "false") === "false" || this.#snapshot) return;
    const url = this.#url(this.offline || `widget/v1/${encodeURIComponent(this.collection)}.json`);
    const load = (cache) => fetch(url, { cache, credentials: "omit" }).then((response) => (response.ok ? response.json() : null));
    this.#snapshot = load("default").catch(() => load("force-cache")).catch(() => null);
  }

  #forget() {
    for (const request of this.#running) request.abort();
    for (const name in this.#timers) clearTimeout(this.#timers[name]);
    this.#timers = {};
    this.#sent += 1;
    this.#asked = "";
    this.#shown = this.#opening = null;
    this.#credit = 1;
    this.#failed = false;
    this.#waited();
    this.#draw([]);
    this.#leave();
    this.#ui.head.textContent = this.#ui.status.textContent = "";
    this.close();
  }

  #show(query, answer) {
    this.#shown = { query, answer };
    if (query === asked(this.value)) {
      this.#asked = query;
      this.#waited();
    }
    this.#draw(this.#rowsOf(answer));
    this.#ui.head.replaceChildren(this.#say.answers);
    this.#reveal();
    this.#settleSoon();
    if (this.#opening?.query !== query || !answer.hits) return;
    const hit = answer.hits.find(({ id }) => id === this.#opening.id) ?? (answer.decision === "answer" && answer.hits[0]);
    this.#opening = null;
    if (hit) this.#read(hit, answer.hits.indexOf(hit) + 1);
  }

  #rowsOf({ hits = [], choices = [], suggestions = [], decision, query }, settled) {
    const wanted = hits.filter(({ id }) => choices.includes(id));
    let shown = [...wanted, ...hits.filter((hit) => !wanted.includes(hit))];
    if (settled && decision === "clarify") shown = wanted;
    if (settled && decision === "no_answer") shown = shown.slice(0, NEAREST);
    return [...shown.map((hit) => ({ key: hit.id, hit, position: hits.indexOf(hit) + 1 })),
      ...suggestions.filter(({ id, text }) => text !== query && !shown.some((hit) => hit.id === id))
        .map((suggestion) => ({ key: suggestion.id, suggestion }))];
  }

  // What is chosen or under the pointer stays where it is, with all above it.
  #draw(rows) {
    const { list } = this.#ui, fixed = rows.length ? this.#rows.slice(0, Math.max(this.#chosen, this.#pointed) + 1) : [];
    const old = new Map(this.#rows.map((row) => [row.key, row]));
    this.#rows = [...fixed, ...rows.filter(({ key }) => !fixed.some((row) => row.key === key))].map((row) => {
      const known = old.get(row.key), sign = JSON.stringify(row.hit?.rendered ?? row.suggestion);
      return { ...row, sign, option: known?.sign === sign ? known.option : this.#option(row) };
    });
    this.#rows.forEach(({ option }, index) => {
      option.id = `option-${index}`;
      if (list.children[index] !== option) list.insertBefore(option, list.children[index] ?? null);
    });
    while (list.children.length > this.#rows.length) list.lastChild.remove();
    this.#mark(this.#chosen);
  }

  #option({ hit, suggestion }) {
    if (!hit) return h("div", "option suggestion", { role: "option", "aria-label": this.#say.typed.replace("{q}", () => suggestion.text) },
      h("span", "lens"), h("div", null, { dir: "auto" }, nodes(suggestion.rendered)));
    const { question, snippet } = hit.rendered;
    return h("div", "option hit", { role: "option", lang: hit.locale, dir: "auto" }, h("div", null, null,
      h("span", "question", null, nodes(question)), " ", h("span", "snippet", null, nodes(snippet))));
  }

  #mark(index) {
    const { input } = this.#ui;
    this.#chosen = index < this.#rows.length ? index : -1;
    this.#rows.forEach(({ option }, number) => { option.ariaSelected = String(number === this.#chosen); });
    if (this.#chosen < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `option-${index}`);
      this.#rows[index].option.scrollIntoView({ block: "nearest" });
    }
    this.#expand();
  }

  #expand() {
    const { panel, list, input } = this.#ui;
    input.ariaExpanded = String(!panel.hidden && !list.hidden && this.#rows.length > 0);
  }

  #point({ target }) {
    return this.#pointed = this.#rows.findIndex(({ option }) => option.contains(target));
  }

  #settleSoon() {
    clearTimeout(this.#timers.settle);
    this.#timers.settle = setTimeout(() => this.#settle(), this.#lastKey + SETTLED - performance.now());
  }

  // Nobody types any more.
  #settle() {
    const { head, list, note, status, article } = this.#ui, say = this.#say, shown = this.#shown;
    if (shown?.query !== asked(this.value) || this.#failed) return;
    const { query, answer } = shown, { hits, decision, corrected, fallback } = answer, none = decision === "no_answer";
    if (!hits) return void this.#ask(query, true);
    this.#draw(this.#rowsOf(answer, true));
    const found = this.#rows.filter(({ hit }) => hit).length, link = this.fallback ?? fallback?.url, safe = LINK.test(link);
    head.replaceChildren(h("b", null, null, { answer: say.best, clarify: say.clarify }[decision] ?? say.nothing),
      none && found ? ` ${say.nearest}` : "");
    list.classList.toggle("best", decision === "answer");
    if (corrected && !folded(corrected).startsWith(folded(query))) {
      head.append(" ", say.corrected.replace("{q}", () => corrected), " ", h("button", null, { type: "button", click: () => {
        this.#literal = query;
        this.focus();
        this.#ask(query);
      } }, say.typed.replace("{q}", () => query)));
    }
    if (none && (fallback || safe)) {
      note.replaceChildren(h("div", "fallback", { dir: "auto" }, nodes(fallback?.rendered)),
        safe ? h("a", "person", { href: link }, say.person) : "");
      note.hidden = false;
    }
    if (article.hidden) {
      const first = decision === "answer" ? hits[0].question : "";
      status.textContent = `${head.textContent} ${say.answers}: ${found}. ${first}`;
    }
    if (shown.told) return;
    shown.told = true;
    this.#emit("faq-search", { query, answer });
    if (none) this.#emit("faq-no-answer", { query, answer });
  }

  #emit(name, detail, cancelable) {
    return this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
  }

  #key(event) {
    if (event.isComposing || event.keyCode === 229) return; // it is the input method's
    const { panel } = this.#ui, { key, altKey } = event, down = key === "ArrowDown";
    if (down || key === "ArrowUp") {
      event.preventDefault();
      const from = panel.hidden ? -1 : this.#chosen, last = this.#rows.length - 1;
      if (altKey && !down) return this.close();
      this.#leave();
      this.open();
      if (altKey) return;
      this.#mark(from < 0 ? (down ? Math.min(0, last) : last) : (from + (down ? 1 : last)) % (last + 1));
    } else if (key === "Enter") {
      event.preventDefault(); // a form around it is not sent
      this.#choose(panel.hidden ? null : this.#rows[this.#chosen]);
    } else if (/^(Home|End|ArrowLeft|ArrowRight)$/.test(key)) this.#mark(-1); // and the caret moves
  }

  #escape(event) {
    const { article, panel } = this.#ui;
    if (event.isComposing || (panel.hidden && !this.value)) return;
    event.preventDefault();
    event.stopPropagation(); // a dialog around it stays open
    if (panel.hidden) this.clear();
    else if (article.hidden) this.close();
    else this.#leave();
    this.focus();
  }

  #choose(row) {
    if (row?.hit) return this.#read(row.hit, row.position);
    if (row) this.value = row.suggestion.text;
    const query = asked(this.value);
    if (!query) return;
    this.#lastKey = 0;
    this.#opening = { query, id: row?.suggestion.id };
    this.#dismissed = false;
    this.#pointed = -1;
    this.#mark(-1);
    if (this.#shown?.query === query && this.answer.hits) this.#show(query, this.answer);
    else this.#schedule(true);
  }

  #read(entry, position) {
    const say = this.#say, { answer } = this.#shown, { id, question, url, rendered } = entry;
    const { head, list, note, article, panel } = this.#ui, related = rendered.related ?? [];
    if (!this.#emit("faq-select", { id, question, url, position, entry, answer }, true)) return this.close();
    if (position) this.#send({ kind: "click", id, position });
    const page = LINK.test(url) ? url : this.#url(`help/${[answer.collection, id].map(encodeURIComponent).join("/")}`).href;
    const title = h("h2", "title", { id: "title", tabindex: -1, dir: "auto" }, nodes(rendered.question));
    article.replaceChildren(
      h("button", "back", { type: "button", click: () => { this.#leave(); this.focus(); } }, say.back), title,
      h("div", "content", { dir: "auto", lang: entry.locale }, nodes(rendered.answer ?? [["p", say.failed]])),
      h("div", "row", null, h("a", "more", { href: page }, say.more),
        h("button", "copy", { type: "button", click: (event) => this.#copy(event, page) }, say.copy)),
      answer.query_id && this.log !== "off" ? this.#ballot(id) : "",
      related.length ? h("b", null, null, say.related) : "",
      h("ul", null, { role: "list" }, related.map((other) => h("li", null, null,
        h("button", "other", { type: "button", dir: "auto", click: () => this.#readOther(other.id) }, other.question)))),
    );
    article.hidden = panel.hidden = false;
    head.hidden = list.hidden = true;
    note.classList.add("away");
    panel.scrollTop = 0;
    this.#expand();
    title.focus();
  }

  async #readOther(id) {
    const { collection } = this.answer, { article, status } = this.#ui, before = article.firstChild;
    try {
      const entry = await this.#get(`v1/entries/${encodeURIComponent(id)}`, { collection, render: true });
      if (article.firstChild === before && !article.hidden) this.#read(entry);
    } catch { status.textContent = this.#say.failed; }
  }

  #leave() {
    const { head, list, note, article } = this.#ui;
    article.hidden = true;
    head.hidden = list.hidden = false;
    note.classList.remove("away");
    this.#expand();
  }

  #ballot(id) {
    const say = this.#say, said = h("span", null, { role: "status" });
    const row = h("div", "row feedback", null, h("span", null, null, say.helpful));
    const send = async (helpful, reason) => {
      this.#emit("faq-feedback", { id, helpful, reason, answer: this.answer });
      const taken = await this.#send({ kind: "helpful", id, helpful, reason });
      said.textContent = taken ? say.thanks : say.failed;
      return taken;
    };
    const button = (name, text, click) => h("button", name, { type: "button", click }, text);
    const why = h("textarea", "reason", { maxlength: 1000, dir: "auto" });
    row.append(
      button("vote", say.yes, async () => { if (await send(true)) row.replaceChildren(said); }),
      button("vote", say.no, async () => {
        if (!(await send(false))) return;
        row.replaceChildren(said, h("label", null, null, say.why, why), button("send", say.send, async () => {
          if (await send(false, why.value.trim() || undefined)) row.replaceChildren(said);
        }));
        why.focus();
      }), said);
    return row;
  }

  async #send(said) {
    if (this.log === "off" || !this.answer.query_id) return false;
    const body = JSON.stringify({ query_id: this.answer.query_id, ...said });
    return fetch(this.#url("v1/feedback"), { method: "POST", headers: { "content-type": "application/json" }, body, keepalive: true,
      credentials: "omit" }).then(({ ok }) => ok, () => false);
  }

  async #copy({ target }, url) {
    let { copied } = this.#say;
    try { await navigator.clipboard.writeText(url); } catch { copied = url; } // over plain HTTP: by hand
    this.#ui.status.textContent = target.textContent = copied;
  }
}

for (const name of OPTIONS) {
  Object.defineProperty(FaqSearch.prototype, name, {
    get() { return this.getAttribute(name); },
    set(value) {
      if (value == null || value === false) this.removeAttribute(name);
      else this.setAttribute(name, Array.isArray(value) ? value.join() : typeof value === "object" ? JSON.stringify(value) : value);
    },
  });
}

if (!customElements.get("faq-search")) customElements.define("faq-search", FaqSearch);
