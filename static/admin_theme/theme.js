// Blocking, in the head: the theme is known before the first paint, so nothing flashes.
(() => {
  const root = document.documentElement;
  let theme = "auto";
  try {
    theme = JSON.parse(localStorage.getItem("adminTheme") || '"auto"');
  } catch {
    // Storage is off or holds something else: follow the system.
  }
  const dark =
    theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.classList.add("js");
  root.classList.toggle("dark", dark);
})();
