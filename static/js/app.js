// Every page: dialogs, menus, toasts, the live region, and what is personal (/me/).
// Nothing here is needed to buy: each enhanced link and form also works by itself.

const $ = (selector, root = document) => root.querySelector(selector);
const live = $("#live");

function announce(text) {
  if (live && text) {
    live.textContent = "";
    setTimeout(() => (live.textContent = text), 50);
  }
}
document.addEventListener("announce", (event) => announce(event.detail?.value ?? event.detail?.text));

// Toast: one at a time, six seconds, stays while it is looked at ---------------------------------
const toast = $("#toast");
let toastTimer = 0;
function showToast(text, action, label) {
  if (!toast) return;
  toast.replaceChildren(Object.assign(document.createElement("p"), { textContent: text }));
  if (action) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "text-btn", textContent: label });
    button.addEventListener("click", () => { toast.hidden = true; action(); });
    toast.append(button);
  }
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(hideToast, 6000);
}
function hideToast() {
  if (toast.matches(":hover, :focus-within")) toastTimer = setTimeout(hideToast, 2000);
  else toast.hidden = true;
}
document.addEventListener("toast", (event) => showToast(event.detail?.value ?? event.detail?.text));
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    const element = detail.elt;
    showToast(toast.dataset.failed, () => element.click?.(), toast.dataset.retry);
  });
}

// Dialogs ----------------------------------------------------------------------------------------
function open(dialog) {
  if (!dialog.open) dialog.showModal();
}
document.addEventListener("click", (event) => {
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target === dialog || event.target.closest("[data-close]"))) {
    const link = event.target.closest("a[data-close]");
    if (!link || link.getAttribute("href") === "#") event.preventDefault();
    dialog.close();
  }
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    const target = document.getElementById(opener.dataset.dialog);
    if (target) { event.preventDefault(); open(target); }
  }
});
const plain = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;

// A part of a page from our own address; the browser follows the link if that fails.
async function part(url) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

// Cart drawer: any swap into it opens it ------------------------------------------------------------
const drawer = $("#drawer");
if (drawer) {
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target === drawer) open(drawer);
  });
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-drawer]");
    if (!link || !plain(event)) return;
    event.preventDefault();
    try {
      drawer.innerHTML = await part(link.dataset.drawer);
      window.htmx?.process(drawer);
      open(drawer);
    } catch {
      location.href = link.href;
    }
  });
}

// Quantity buttons that send nothing by themselves --------------------------------------------------
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const box = button.closest("[data-quantity]");
  const input = $("input[name=quantity]", box);
  const now = Number.parseInt(input.value, 10) || 1;
  const next = Math.min(Math.max(now + Number(button.dataset.step), 1), Number(input.dataset.max) || 999);
  if (button.type === "button") {
    input.value = String(next);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// What is personal: cart count and name, in one small fragment of out-of-band parts ------------------
const me = $("[data-me]");
if (me) {
  part(me.dataset.me).then((html) => {
    const box = document.createElement("template");
    box.innerHTML = html;
    for (const node of box.content.querySelectorAll("[id]")) {
      node.removeAttribute("hx-swap-oob");
      document.getElementById(node.id)?.replaceWith(node);
    }
  }).catch(() => {});
}

// Wide menu: links to departments become disclosures over their panels ---------------------------------
const nav = $("[data-mega]");
const megas = $("#megas");
const wide = matchMedia("(width >= 64em)");
let loading;
function loadMegas() {
  loading ??= part(nav.dataset.mega).then((html) => { megas.innerHTML = html; });
  return loading;
}
function closeMegas(focus) {
  for (const link of nav.querySelectorAll('[aria-expanded="true"]')) {
    link.setAttribute("aria-expanded", "false");
    const panel = document.getElementById(link.dataset.panel);
    if (panel) panel.hidden = true;
    if (focus) link.focus();
  }
}
async function toggleMega(link) {
  const isOpen = link.getAttribute("aria-expanded") === "true";
  await loadMegas();
  closeMegas(false);
  const panel = document.getElementById(link.dataset.panel);
  if (!panel) { location.href = link.href; return; }
  panel.hidden = isOpen;
  link.setAttribute("aria-expanded", String(!isOpen));
}
if (nav) {
  for (const link of nav.querySelectorAll("[data-panel]")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
    link.addEventListener("pointerenter", loadMegas, { once: true });
    link.addEventListener("click", (event) => {
      if (!plain(event) || !wide.matches) return;
      event.preventDefault();
      toggleMega(link).catch(() => (location.href = link.href));
    });
    link.addEventListener("keydown", (event) => {
      if (event.key === " ") { event.preventDefault(); link.click(); }
    });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMegas(true); });
  document.addEventListener("click", (event) => { if (!event.target.closest(".header")) closeMegas(false); });
}

// Phone menu: one level a screen ---------------------------------------------------------------------
const phone = $("[data-menu]");
let menu;
phone?.addEventListener("click", async (event) => {
  if (!plain(event)) return;
  event.preventDefault();
  try {
    if (!menu) {
      menu = Object.assign(document.createElement("dialog"), { className: "screen" });
      menu.setAttribute("aria-label", phone.getAttribute("aria-label"));
      menu.innerHTML = await part(phone.dataset.menu);
      document.body.append(menu);
    }
    showLevel("menu-top");
    open(menu);
  } catch {
    location.href = phone.href;
  }
});
function showLevel(id) {
  for (const level of menu.querySelectorAll("[data-level]")) level.hidden = level.id !== id;
  $("[data-level]:not([hidden]) :is(a, button)", menu)?.focus();
}
document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-to-level]");
  if (!step || !menu || !plain(event)) return;
  event.preventDefault();
  showLevel(step.dataset.toLevel);
});

// Small things ---------------------------------------------------------------------------------------
for (const button of document.querySelectorAll("[data-show-password]")) {
  const input = button.previousElementSibling;
  const [show, hide] = [button.textContent, button.dataset.hide];
  button.hidden = false;
  button.addEventListener("click", () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.textContent = hidden ? hide : show;
    button.setAttribute("aria-pressed", String(hidden));
  });
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
for (const box of document.querySelectorAll("[data-focus]")) box.focus();
addEventListener("htmx:load", ({ detail }) => $("[data-focus]", detail?.elt ?? document)?.focus?.());

// A form sends once: a second press while it is under way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  (event.submitter ?? $("button", form))?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) delete form.dataset.sent;
});

// "Load more": the new things take the place of the button, the focus goes to the first of them. ---------
document.addEventListener("htmx:afterSwap", () => {
  const more = $("#more");
  if (!more) return;
  const grid = $("#grid");
  const cards = [...more.querySelectorAll("[data-more-cards] > *")];
  grid?.append(...cards);
  const pager = $("#pager", more);
  if (pager) more.replaceWith(pager);
  else more.remove();
  cards[0]?.querySelector("h3 a")?.focus();
  announce(pager?.querySelector("span")?.textContent);
});
// Fields left empty do not belong in the address.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") return;
  for (const name of ["min_price", "max_price"]) if (detail.parameters[name] === "") delete detail.parameters[name];
});
// Filters: say how many there are now.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "results") announce($("#results [data-total]")?.textContent);
});
