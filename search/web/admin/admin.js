// What the pages do on their own, only saved steps: choosing shows, running jobs reload, files are read.
"use strict";

for (const form of document.querySelectorAll("[data-choose]")) {
  for (const select of form.querySelectorAll("select")) {
    // Not while arrow keys walk through the choices of a closed list.
    let byKey = false;
    select.addEventListener("keydown", () => { byKey = true; });
    select.addEventListener("pointerdown", () => { byKey = false; });
    select.addEventListener("change", () => { if (!byKey) form.requestSubmit(); });
  }
}

for (const form of document.querySelectorAll("[data-busy]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button) return;
    // Later, as a disabled button's value would not be sent.
    setTimeout(() => { button.disabled = true; button.textContent = "Trying…"; });
  });
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

for (const field of document.querySelectorAll("[data-upload]")) {
  field.hidden = false;
  const input = field.querySelector("input");
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    const form = input.form;
    form.elements.text.value = await file.text();
    if (!form.elements.name.value) form.elements.name.value = file.name;
  });
}

for (const note of document.querySelectorAll("[data-job]")) {
  const look = async () => {
    try {
      const answer = await fetch(`/v1/admin/jobs/${encodeURIComponent(note.dataset.job)}`);
      if (answer.ok && (await answer.json()).state === "running") { setTimeout(look, 1500); return; }
      if (answer.ok) location.reload();
    } catch { setTimeout(look, 5000); }
  };
  setTimeout(look, 1500);
}

const result = document.getElementById("result");
if (result) result.focus();
