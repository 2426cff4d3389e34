// Sets what the form says: attributes of the search box, the page around it, and how its service behaves.
const box = document.querySelector("#box");
const form = document.querySelector("#settings");
const stage = document.querySelector("#stage");
const ATTRIBUTES = ["collection", "theme", "lang", "dir", "top", "placeholder", "tags", "locale", "hotkey", "fallback"];
const DELAYS = { slow: 1000, stuck: 8000 };

const unchanged = window.fetch;
window.fetch = async (url, options) => {
  // What is searched offline was fetched before.
  const service = String(url).includes("/widget/") ? "" : form?.elements.service.value;
  if (service === "absent") throw new TypeError("The service is absent, as chosen.");
  if (service === "broken") return new Response('{"detail": "It is broken, as chosen."}', { status: 500 });
  await new Promise((done, failed) => {
    const timer = setTimeout(done, DELAYS[service] ?? 0);
    options?.signal?.addEventListener("abort", () => { clearTimeout(timer); failed(options.signal.reason); });
  });
  return unchanged(url, options);
};

function apply() {
  const chosen = form.elements;
  for (const name of ATTRIBUTES) {
    const value = chosen[name].value;
    if (value) box.setAttribute(name, value);
    else box.removeAttribute(name);
  }
  box.toggleAttribute("offline", chosen.offline.checked);
  if (chosen.log.checked) box.setAttribute("log", "off");
  else box.removeAttribute("log");
  stage.classList.toggle("narrow", chosen.width.value === "narrow");
  stage.classList.toggle("warm", chosen.colours.value === "warm");
  document.body.classList.toggle("hostile", chosen.host.value === "hostile");
  for (const example of document.querySelectorAll("[data-of]")) example.hidden = example.dataset.of !== chosen.collection.value;
  const tag = document.querySelector("#tag"), copy = box.cloneNode();
  copy.removeAttribute("id");
  tag.textContent = `<script type="module" src="${tag.dataset.src}"\n  integrity="${tag.dataset.integrity}" crossorigin></script>\n`
    + copy.outerHTML.replaceAll('=""', "");
}

if (box) {
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const example of document.querySelectorAll("[data-ask]")) {
    example.addEventListener("click", () => {
      box.focus();
      box.search(example.dataset.ask);
    });
  }
  for (const name of ["faq-search", "faq-select", "faq-feedback", "faq-no-answer"]) {
    box.addEventListener(name, ({ detail }) => {
      const { answer, entry, ...shown } = detail, line = document.createElement("li");
      line.textContent = `${name} ${JSON.stringify({ ...shown, decision: answer.decision, confidence: answer.confidence })}`;
      document.querySelector("#events").prepend(line);
    });
  }
  apply();
}
