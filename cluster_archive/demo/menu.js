/* Says that scripts run, and folds the menu on narrow screens. */
(function () {
  var page = document.documentElement;
  page.className = page.className.replace(/\bno-js\b/, "js");
  document.addEventListener("DOMContentLoaded", function () {
    var logo = document.getElementById("logo");
    if (logo) logo.addEventListener("dblclick", function () { page.classList.toggle("menu-open"); });
  });
})();
