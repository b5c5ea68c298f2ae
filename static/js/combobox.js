// Suggestions below a search field: arrow keys move and copy the text, Enter goes, Escape restores.
// An empty field offers what is popular. Without this the field is a plain search form.

const DELAY = 150;
const SHORTEST = 2;

function combobox(input) {
  const box =
    input.closest(".search-box") ??
    input.closest("dialog")?.querySelector(".search-box") ??
    input.closest("form").parentElement;
  const list = document.createElement("div");
  list.className = "suggest";
  list.id = `${input.id || "search"}-list`;
  list.hidden = true;
  box.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-autocomplete", "list");
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.getAttribute("aria-label"));

  let timer = 0;
  let request;
  let typed = input.value;
  let current = -1;
  const options = () => [...list.querySelectorAll('[role="option"]')];

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    current = -1;
  }
  async function load() {
    const term = input.value.trim();
    request?.abort();
    if (term && term.length < SHORTEST) return close();
    request = new AbortController();
    try {
      const url = `${input.dataset.suggest}?${term ? `q=${encodeURIComponent(term)}` : "popular=1"}`;
      const answer = await fetch(url, {
        signal: request.signal,
        headers: { "HX-Request": "true" },
      });
      if (!answer.ok) return close();
      list.innerHTML = await answer.text();
    } catch {
      return; // aborted by the next letter, or offline: the form still works
    }
    const found = options();
    for (const [index, option] of found.entries()) option.id = `${list.id}-${index}`;
    if (!found.length || document.activeElement !== input) return close();
    current = -1;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    const live = document.getElementById("live");
    if (live) live.textContent = list.querySelector("[data-count]")?.dataset.count ?? "";
  }
  function move(step) {
    const found = options();
    if (!found.length) return;
    found[current]?.setAttribute("aria-selected", "false");
    current = (current + step + found.length + 1) % (found.length + 1);
    const option = found[current];
    if (!option) {
      // past the last one: back to what was typed
      input.removeAttribute("aria-activedescendant");
      input.value = typed;
      current = -1;
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
    if (option.dataset.text) input.value = option.dataset.text;
  }
  input.addEventListener("input", () => {
    typed = input.value;
    clearTimeout(timer);
    timer = setTimeout(load, DELAY);
  });
  // Before anything is typed: what others look for, so that a phone's search is no empty screen.
  input.addEventListener("focus", () => {
    if (!input.value) load();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) load();
      else if (event.key === "ArrowUp" && current === -1) move(-1);
      else move(event.key === "ArrowDown" ? 1 : current === 0 ? -1 - options().length : -1);
    } else if (event.key === "Enter" && current >= 0) {
      event.preventDefault();
      options()[current].click();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      input.value = typed;
      close();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!list.contains(event.target) && event.target !== input) close();
  });
  input.addEventListener("blur", (event) => {
    if (!list.contains(event.relatedTarget)) setTimeout(close, 150);
  });
}
for (const input of document.querySelectorAll("[data-suggest]")) combobox(input);

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const input = document.querySelector("[data-suggest]");
  if (input?.offsetParent) {
    event.preventDefault();
    input.focus();
    input.select();
  }
});
