// Checkout: the form says what is wrong when a field is left, and the quote follows every choice.
// The server checks everything again; without this the page does the same at each submit.

const form = document.querySelector("[data-checkout]");
if (form) {
  const touched = new WeakSet();

  function check(field) {
    if (!field.willValidate || !field.name) return;
    const id = `${field.id}_error`;
    const old = document.getElementById(id);
    if (field.validity.valid) {
      if (field.getAttribute("aria-invalid") === "true") {
        field.removeAttribute("aria-invalid");
        old?.remove();
      }
      return;
    }
    field.setAttribute("aria-invalid", "true");
    const line = old ?? Object.assign(document.createElement("p"), { id, className: "error" });
    line.textContent =
      field.dataset.missing && field.validity.valueMissing
        ? field.dataset.missing
        : field.validationMessage;
    if (!old) field.closest(".field")?.append(line);
    const described = new Set(
      (field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean),
    );
    field.setAttribute("aria-describedby", [...described.add(id)].join(" "));
  }
  // Validate when a field is left, then while it is being mended.
  form.addEventListener("focusout", ({ target }) => {
    if (target.matches?.("input, select, textarea") && (target.value || touched.has(target))) {
      touched.add(target);
      check(target);
    }
  });
  form.addEventListener("input", ({ target }) => {
    if (touched.has(target)) check(target);
  });

  // Fields marked data-requote change the quote: the page offers data-quote as the address of the new one.
  let timer = 0;
  form.addEventListener("change", ({ target }) => {
    if (!target.closest("[data-requote]") || !form.dataset.quote) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      window.htmx?.ajax("POST", form.dataset.quote, {
        source: form,
        target: form.dataset.quoteTarget ?? "#checkout",
        swap: "outerHTML",
      });
    }, 250);
  });
}
