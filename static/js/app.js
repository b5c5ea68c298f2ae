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
document.addEventListener("announce", (event) =>
  announce(event.detail?.value ?? event.detail?.text),
);

// Toast: one at a time, six seconds, stays while it is looked at ---------------------------------
const toast = $("#toast");
let toastTimer = 0;
function showToast(text, action, label) {
  if (!toast) return;
  toast.replaceChildren(Object.assign(document.createElement("p"), { textContent: text }));
  if (action) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "text-btn",
      textContent: label,
    });
    button.addEventListener("click", () => {
      toast.hidden = true;
      action();
    });
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
// The focus goes back to what opened a dialog, also where that was drawn again meanwhile (the cart in the header)
// or had no focus at the moment (a button that waited for an answer).
function open(dialog, opener = document.activeElement) {
  if (dialog.open) return;
  dialog.showModal();
  dialog.addEventListener(
    "close",
    () => {
      const now = document.activeElement;
      if (now && now !== document.body && !dialog.contains(now)) return;
      (opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id))?.focus();
    },
    { once: true },
  );
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
    if (target) {
      event.preventDefault();
      open(target, opener);
    }
  }
});
const plain = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;

// A part of a page from our own address; the browser follows the link if that fails.
async function part(url) {
  const answer = await fetch(url, {
    headers: { "HX-Request": "true" },
    credentials: "same-origin",
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

// Cart drawer: any swap into it opens it ------------------------------------------------------------
const drawer = $("#drawer");
if (drawer) {
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const { elt, triggeringEvent } = detail.requestConfig ?? {};
    if (detail.target === drawer) open(drawer, triggeringEvent?.submitter ?? elt);
  });
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-drawer]");
    if (!link || !plain(event)) return;
    event.preventDefault();
    try {
      drawer.innerHTML = await part(link.dataset.drawer);
      window.htmx?.process(drawer);
      open(drawer, link);
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
  const input = $("input", box);
  const now = Number.parseInt(input.value, 10) || 1;
  const next = Math.min(
    Math.max(now + Number(button.dataset.step), 1),
    Number(input.dataset.max) || 999,
  );
  if (button.type === "button") {
    input.value = String(next);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// What is personal: cart count and name, in one small fragment of out-of-band parts ------------------
const me = $("[data-me]");
if (me) {
  part(me.dataset.me)
    .then((html) => {
      const box = document.createElement("template");
      box.innerHTML = html;
      for (const node of box.content.querySelectorAll("[id]")) {
        node.removeAttribute("hx-swap-oob");
        document.getElementById(node.id)?.replaceWith(node);
      }
    })
    .catch(() => {});
}

// Wide menu: links to departments become disclosures over their panels ---------------------------------
const nav = $("[data-mega]");
const wide = matchMedia("(width >= 64em)");
let loading;
function loadMegas() {
  // Each panel comes right after its button, so that Tab leads into it.
  loading ??= part(nav.dataset.mega).then((html) => {
    const box = document.createElement("template");
    box.innerHTML = html;
    for (const link of nav.querySelectorAll("[data-panel]")) {
      const panel = box.content.getElementById(link.dataset.panel);
      if (panel) link.after(panel);
    }
  });
  return loading;
}
function closeMegas(focus) {
  for (const link of nav.querySelectorAll('[data-panel][aria-expanded="true"]')) {
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
  if (!panel) {
    location.href = link.href;
    return;
  }
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
      if (event.key === " ") {
        event.preventDefault();
        link.click();
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMegas(true);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".header")) closeMegas(false);
  });
  nav.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget && !target.closest("li:has(> [data-panel])")?.contains(relatedTarget))
      closeMegas(false);
  });
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
    open(menu, phone);
    showLevel("menu-top");
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

// What is drawn again takes the focus along: to what it was on, else to what the new part marks with data-focus,
// else to the heading of the part. Without this it would fall to the page's beginning.
const LIKE = ["id", "name", "value", "aria-label", "href", "action"];
const likeness = (element) =>
  [element.form?.getAttribute("action"), ...LIKE.map((name) => element.getAttribute(name))].join(
    "|",
  );
let lost;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const now = document.activeElement;
  // A button that is disabled while its request is under way has lost the focus already.
  const held =
    now && now !== document.body ? now : detail.requestConfig?.triggeringEvent?.submitter;
  lost =
    held && detail.target?.contains(held)
      ? { tag: held.tagName, likeness: likeness(held) }
      : undefined;
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const before = lost;
  lost = undefined;
  const part = detail.target?.isConnected
    ? detail.target
    : document.getElementById(detail.target?.id);
  const marked = part && $("[data-focus]", part);
  if (before && part && [null, document.body, part].includes(document.activeElement)) {
    const same = [...part.querySelectorAll(before.tag)].find(
      (each) => likeness(each) === before.likeness,
    );
    const place = same ?? marked ?? $("h1, h2", part) ?? part;
    if (!same && !marked) place.tabIndex = -1;
    place.focus();
  } else if (!before) marked?.focus();
});

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
  for (const [name, value] of Object.entries(detail.parameters))
    if (value === "") delete detail.parameters[name];
});
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.method !== "get") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
// Filters: say how many there are now.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id === "results") announce($("#results [data-total]")?.textContent);
});
