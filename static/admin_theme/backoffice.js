// Glue between Unfold's templates, Alpine's build for a strict policy, and our keys and dialogs.
// That build knows only what is registered here: no globals, no `eval`.

document.addEventListener("alpine:init", () => {
  Alpine.data("theme", theme);
  Alpine.data("searchForm", searchForm);
  Alpine.data("searchDropdown", searchDropdown);
  Alpine.data("searchCommand", () => {
    const command = searchCommand();
    const select = command.selectItem;
    command.selectItem = function (addHistory, openInNewTab = false) {
      if (!this.items || this.items.length === 0) return;
      if (this.currentIndex < 1) this.currentIndex = 1;
      select.call(this, addHistory, openInNewTab);
    };
    // Ctrl K works wherever the cursor is, in a field too.
    command.handleShortcut = function (event) {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      this.handleOpen();
    };
    return command;
  });

  Alpine.data("shell", () => ({
    activeTab: "",
    sidebarMobileOpen: false,
    sidebarDesktopOpen: true,
    // Stand-ins for what the templates read from the browser.
    window: {
      location: {
        get pathname() {
          return location.pathname;
        },
        get search() {
          return location.search;
        },
        get hash() {
          return location.hash;
        },
        set href(address) {
          location.href = address;
        },
      },
    },
    sortRecords: (event) => sortAll(event.from),
    moveRecords: (event) => moveRecords(event),
    init() {
      const first = document.body.dataset.firstTab;
      const asked = location.hash.slice(1);
      this.activeTab =
        asked && document.querySelector(`#tabs-items a[href="#${CSS.escape(asked)}"]`)
          ? asked
          : first;
      this.sidebarDesktopOpen = localStorage.getItem("sidebarDesktopOpen") !== "0";
      this.$watch("sidebarDesktopOpen", (open) =>
        localStorage.setItem("sidebarDesktopOpen", open ? "1" : "0"),
      );
    },
  }));

  Alpine.data("modal", () => ({
    init() {
      this.$watch("openModal", (open) => {
        if (open && !this.$root.open) this.$root.showModal();
        if (!open && this.$root.open) this.$root.close();
      });
    },
  }));
});

// Rows that can be dragged can be moved by buttons too: both end here.
function sortAll(list) {
  const name = list.dataset.orderingField;
  list.querySelectorAll(`input[name$="-${name}"]`).forEach((input, index) => {
    if (!input.name.includes("__prefix__")) input.value = index;
  });
}

function moveRow(button) {
  const row = button.closest(".form-group");
  const rows = [...row.parentElement.children].filter(
    (other) => other.matches(".form-group") && !other.matches(".empty-form"),
  );
  const target = rows[rows.indexOf(row) + (button.dataset.move === "up" ? -1 : 1)];
  if (!target) return;
  if (button.dataset.move === "up") target.before(row);
  else target.after(row);
  sortAll(row.parentElement);
  button.focus();
}

document.addEventListener("click", (event) => {
  const move = event.target.closest("[data-move]");
  if (move) moveRow(move);

  const closer = event.target.closest("[data-dialog-close]");
  const dialog = closer?.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }

  // A menu closes when something else is clicked.
  document
    .querySelectorAll("details.bo-row-menu[open], details.bo-act-menu[open], details.bo-user[open]")
    .forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
});

// Keys: the letters on the page's actions, `g` and a letter for the side bar, `n` for the note.
let going = 0;

function isTyping(element) {
  return (
    element.isContentEditable ||
    element.matches("input, textarea, select") ||
    document.querySelector("dialog[open]")
  );
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document
      .querySelectorAll(
        "details.bo-row-menu[open], details.bo-act-menu[open], details.bo-user[open]",
      )
      .forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  const now = Date.now();
  if (key === "g") {
    going = now;
    return;
  }
  let target = null;
  if (now - going < 1200) target = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  else if (/^[a-z]$/.test(key)) {
    target = [...document.querySelectorAll(`[data-key="${key}"]`)].find((element) =>
      element.checkVisibility(),
    );
  }
  going = 0;
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea")) target.focus();
  else target.click();
});

// The refund form counts while one types; the server counts again.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-refund]");
  if (form) countRefund(form, event.target.name !== "amount");
});

function countRefund(form, fillAmount) {
  const places = Number(form.dataset.places);
  let minor = 0;
  form.querySelectorAll("[data-line]").forEach((row) => {
    const quantity = Number(row.querySelector("input").value) || 0;
    const open = Number(row.dataset.open);
    // The server's own rounding: the last unit takes all that is left of the line.
    if (open) minor += Math.floor((Number(row.dataset.paid) * quantity) / open);
  });
  if (form.querySelector("[name=shipping]")?.checked) minor += Number(form.dataset.shipping);
  const left = Number(form.dataset.left);
  if (minor > left) minor = left;
  const amount = form.querySelector("[name=amount]");
  if (fillAmount) amount.value = (minor / 10 ** places).toFixed(places);
  const shown = Number(amount.value);
  form.querySelector("output").value = Number.isFinite(shown)
    ? new Intl.NumberFormat(document.documentElement.lang, {
        style: "currency",
        currency: form.dataset.currency,
      }).format(shown)
    : "";
}

// Select2 draws its own box and forgets the name of the field; give it back.
function nameBoxes() {
  document.querySelectorAll(".select2-container").forEach((box) => {
    const field = box.previousElementSibling;
    const label = field?.getAttribute("aria-label") ?? field?.labels?.[0]?.textContent.trim();
    if (!label) return;
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox], [type=search]")) {
      part.setAttribute("aria-label", label);
    }
  });
}

addEventListener("load", () => {
  nameBoxes();
  new MutationObserver(nameBoxes).observe(document.body, { childList: true, subtree: true });
});
