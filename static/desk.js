"use strict";
// Keys, drafts that survive a lapsed session, and the lease's clock. Everything works without it, only slower.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const cookie = (name) => (document.cookie.split("; ").find((c) => c.startsWith(name + "=")) || "").slice(name.length + 1);

  // --- drafts: what is typed in a form with data-draft is kept until it is accepted
  const draftKey = (form) => "draft:" + location.pathname + ":" + form.dataset.draft;
  const fields = (form) => [...form.elements].filter((e) => e.name && !["hidden", "file", "password", "submit"].includes(e.type));
  const keepDraft = (form) => {
    const values = fields(form).map((e) => [e.name, e.type === "radio" || e.type === "checkbox" ? (e.checked ? e.value : null) : e.value]);
    sessionStorage.setItem(draftKey(form), JSON.stringify(values));
  };
  const restoreDrafts = (root) => $$("form[data-draft]", root).forEach((form) => {
    const kept = sessionStorage.getItem(draftKey(form));
    if (!kept || form.dataset.bound) return;
    const values = JSON.parse(kept);
    fields(form).forEach((e) => {
      const own = values.filter(([name]) => name === e.name).map(([, value]) => value);
      if (!own.length) return;
      if (e.type === "radio" || e.type === "checkbox") e.checked = own.includes(e.value);
      else if (own[0] !== null) e.value = own[0];
    });
  });
  document.addEventListener("input", (event) => { const form = event.target.closest("form[data-draft]"); if (form) keepDraft(form); });
  const forgetDrafts = (name) => Object.keys(sessionStorage).filter((k) => k.startsWith("draft:") && k.endsWith(":" + name)).forEach((k) => sessionStorage.removeItem(k));
  // Where the whole page is sent, the next page tells whether the form was accepted.
  const sent = sessionStorage.getItem("sent");
  sessionStorage.removeItem("sent");
  if (sent && $("#main .notice.good")) forgetDrafts(sent);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-draft]")) keepDraft(form);
    if (form.hasAttribute("hx-post")) return; // these carry hx-disabled-elt
    if (form.dataset.draft) sessionStorage.setItem("sent", form.dataset.draft);
    // A second press of the button does nothing.
    $$("button[type=submit]:enabled, button:not([type]):enabled", form).forEach((b) => setTimeout(() => { b.disabled = true; b.dataset.pressed = "1"; }, 0));
  });
  window.addEventListener("pageshow", () => $$("button[data-pressed]").forEach((b) => { b.disabled = false; delete b.dataset.pressed; }));

  // --- htmx: the token of today's session (it changes when one signs in again in another tab)
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = cookie("csrftoken");
    const parameters = event.detail.parameters;
    if (parameters && parameters.csrfmiddlewaretoken !== undefined) parameters.csrfmiddlewaretoken = cookie("csrftoken");
  });
  // A refused form comes back with its message and what was typed: show it.
  document.addEventListener("htmx:beforeSwap", (event) => { if ([409, 422].includes(event.detail.xhr.status)) { event.detail.shouldSwap = true; event.detail.isError = false; } });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) return;
    say(event.detail.xhr.status === 403 ? "You may not do this." : "That did not work. Nothing was lost; try again.", "bad");
  });
  document.addEventListener("htmx:sendError", () => say("No connection. Nothing was lost; try again.", "bad"));
  document.body.addEventListener("session-lapsed", () => $("#lapsed").showModal());
  document.body.addEventListener("accepted", (event) => sessionStorage.removeItem("draft:" + location.pathname + ":" + event.detail.value));
  // Into the form that was opened or refused; after an act, to the words that say what was done.
  const settle = (root) => { restoreDrafts(root); clock(); focusFirst($("form[data-form-focus]", root)); };
  // What is wrong, else the choice that digits make, else the first field.
  const focusFirst = (form) => {
    const first = form && ($('[aria-invalid="true"]', form) || $("[data-pick]:checked", form) || $("[data-pick]", form)
      || $("input:not([type=hidden]):not([type=radio]), textarea, select", form));
    if (first) first.focus();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const done = event.detail.elt.id === "workspace" && $("[data-done]");
    // What is recommended changes beside a form that somebody may be typing in: it takes no focus.
    if (event.detail.elt.id !== "recommended") settle(event.detail.elt.parentElement || document);
    if (done) done.focus();
  });

  const say = (text, kind) => {
    const line = $("#toast"); line.replaceChildren();
    const box = document.createElement("div"); box.className = "notice " + kind; box.textContent = text; line.append(box);
    setTimeout(() => box.remove(), 6000);
  };

  // --- the lease's clock
  const clock = () => $$("[data-lease-until]").forEach((node) => {
    const left = Math.floor((new Date(node.dataset.leaseUntil) - Date.now()) / 1000);
    node.textContent = left > 0 ? `yours for ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "no longer reserved for you";
    node.classList.toggle("bad", left < 60);
  });
  setInterval(clock, 1000);

  // --- keys
  const typing = (element) => element.matches("input:not([type=radio]):not([type=checkbox]):not([type=button]), textarea, select, [contenteditable]");
  const press = (key) => {
    const target = $(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    if (target.matches(".tabs [aria-current=true]")) { focusFirst($("#act form")); return true; }
    if (target.matches("input, textarea, select")) { target.focus(); if (target.select) target.select(); } else target.click();
    return true;
  };
  const pick = (key) => {
    const option = $(`form [data-pick="${CSS.escape(key)}"]`);
    if (!option) return false;
    option.checked = true; option.focus(); option.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };
  // From the search box to what it found and back: the arrows; Enter opens.
  const walk = (from, step) => {
    const list = from.closest("[data-arrows]");
    if (!list || !from.matches("a, input")) return false;
    const stops = $$("input:not([type=hidden]), a", list), next = stops[stops.indexOf(from) + step];
    if (next) next.focus();
    return Boolean(next);
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (event.target.closest(".find")) $("#hits").replaceChildren();
      if (event.target !== document.body && !$("dialog[open]")) event.target.blur();
      return;
    }
    if (["ArrowDown", "ArrowUp"].includes(event.key) && walk(event.target, event.key === "ArrowDown" ? 1 : -1)) { event.preventDefault(); return; }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { const form = event.target.closest("form"); if (form) form.requestSubmit(); return; }
    if (event.key === "Enter" && event.target.matches("input[type=radio]")) { event.preventDefault(); event.target.form.requestSubmit(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
    if (event.key === "?") { $("#keys").showModal(); event.preventDefault(); return; }
    if ((/^[1-9]$/.test(event.key) && pick(event.key)) || press(event.key)) event.preventDefault();
  });

  // --- small things
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-toggle], [data-close], [data-fill]");
    if (!button) { $$("details.who[open]").forEach((d) => { if (!d.contains(event.target)) d.open = false; }); if (!event.target.closest(".find")) $("#hits")?.replaceChildren(); return; }
    if (button.hasAttribute("data-close")) button.closest("dialog").close();
    if (button.hasAttribute("data-theme-toggle")) {
      const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
      localStorage.setItem("theme", next); document.documentElement.dataset.bsTheme = next;
    }
    if (button.hasAttribute("data-fill")) { const [id, value] = button.dataset.fill.split("="); const f = document.getElementById(id); f.value = value; f.dispatchEvent(new Event("input", { bubbles: true })); f.focus(); }
  });
  settle(document);
})();
