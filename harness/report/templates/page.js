// Filter, order, deep links, keyboard, and the panel beside a ladder. The page can be read without it.
// Text of strangers is only ever set as textContent; the one innerHTML is the page's own escaped HTML.
"use strict";
(() => {
  const root = document.documentElement;
  const list = document.querySelector(".list");
  const runs = [...document.querySelectorAll("details.run")];
  const find = document.getElementById("find");
  const severity = document.getElementById("severity");
  const order = document.getElementById("order");
  const chips = [...document.querySelectorAll(".chip")];
  const keys = document.getElementById("keys");
  root.classList.add("js");

  // Theme: what the system says, until somebody says otherwise.
  const remembered = "siptransfer-theme";
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  try { if (localStorage.getItem(remembered)) root.dataset.theme = localStorage.getItem(remembered); } catch { /* no storage */ }
  function turn() {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem(remembered, root.dataset.theme); } catch { /* no storage */ }
  }

  // Packed evidence: base64 of deflated HTML, unpacked when it is wanted.
  const unpacked = new WeakMap();
  function unpack(run) {
    if (!unpacked.has(run)) unpacked.set(run, Promise.all([...run.querySelectorAll("script.pack")].map(inflate)));
    return unpacked.get(run);
  }
  async function inflate(pack) {
    const part = document.createElement("template");
    try {
      const bytes = Uint8Array.from(atob(pack.textContent.trim()), (sign) => sign.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      part.innerHTML = await new Response(stream).text();
    } catch {
      part.innerHTML = '<p class="body quiet">This browser is too old to unpack this part of the page.</p>';
    }
    pack.replaceWith(part.content);
  }

  // Filter and order.
  const texts = new Map();
  function text(run) {
    if (!texts.has(run)) texts.set(run, `${run.querySelector("summary").textContent} ${run.id} ${run.dataset.words}`.toLowerCase());
    return texts.get(run);
  }
  const visible = () => [...list.children].filter((run) => !run.hidden);
  function filter() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.verdict);
    let shown = 0;
    for (const run of runs) {
      const wanted = (!verdicts.length || verdicts.includes(run.dataset.verdict))
        && (!severity.value || run.dataset.severities.split(" ").includes(severity.value))
        && words.every((word) => text(run).includes(word));
      run.hidden = !wanted;
      shown += wanted;
    }
    document.getElementById("shown").textContent = shown === runs.length ? "" : `${shown} of ${runs.length} shown`;
    document.getElementById("none").hidden = shown > 0;
  }
  const orders = {
    worst: () => 0, // as the page has them
    number: (a, b) => a.dataset.number - b.dataset.number,
    name: (a, b) => a.querySelector("h3").textContent.localeCompare(b.querySelector("h3").textContent),
    seconds: (a, b) => b.dataset.seconds - a.dataset.seconds,
  };
  if (find) {
    find.addEventListener("input", filter);
    severity.addEventListener("change", filter);
    order.addEventListener("change", () => list.append(...[...runs].sort(orders[order.value])));
    for (const chip of chips) chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") !== "true");
      filter();
    });
    document.querySelector(".filter").addEventListener("submit", (event) => event.preventDefault());
  }
  function clear() {
    find.value = severity.value = "";
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    filter();
  }

  document.addEventListener("click", (event) => {
    const wish = event.target.closest("[data-find]");
    if (!wish || !find) return;
    clear();
    find.value = wish.dataset.find;
    filter();
  });

  // The panel of one message; each open scenario has its own.
  const readers = new Map(); // run -> {arrow, reader}
  const wide = matchMedia("(min-width: 72rem)");
  function make(tag, name, ...children) {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...children);
    return element;
  }
  function button(label, sign, act) {
    const made = make("button", "", sign);
    made.type = "button";
    made.setAttribute("aria-label", label);
    made.title = label;
    made.addEventListener("click", act);
    return made;
  }
  function headers(head) {
    const rows = [];
    for (const line of head) {
      if (/^[ \t]/.test(line) && rows.length) rows.at(-1)[1] += ` ${line.trim()}`;
      else { const [name, ...rest] = line.split(":"); rows.push([name.trim(), rest.join(":").trim()]); }
    }
    return rows;
  }
  function parsed(whole, remarks) {
    // What the message says, header by header, with each finding below the header it is about.
    const end = whole.indexOf("\n\n");
    const [start, ...head] = (end < 0 ? whole : whole.slice(0, end)).split("\n");
    const body = end < 0 ? "" : whole.slice(end + 2);
    if (!/SIP\/2\.0/i.test(start)) return null;
    const placed = new Set();
    const against = (place) => remarks.filter((each) => each.dataset.place === place && !placed.has(each));
    const rows = make("dl");
    for (const [name, value] of headers(head)) {
      const held = against(name);
      rows.append(make("div", held.length ? "held" : "", make("dt", "", name), make("dd", "", value), ...held));
      for (const each of held) placed.add(each);
    }
    const parts = [make("p", "start", start), rows];
    if (body.trim()) parts.push(make("pre", "content", body), ...against("body"));
    for (const each of against("body")) placed.add(each);
    return { parts, rest: remarks.filter((each) => !placed.has(each) && each.dataset.place !== "body" || (each.dataset.place === "body" && !body.trim())) };
  }
  const arrowsOf = (run) => [...run.querySelectorAll(".ladder a")];
  function read(run, number, focus = true) {
    const article = run.querySelector(`.message[data-number="${CSS.escape(number)}"]`);
    const arrow = arrowsOf(run).find((each) => each.getAttribute("href") === `#${run.id}/m${number}`);
    const stage = run.querySelector(".stage");
    if (!article || !stage) return;
    close(run);
    const reader = make("aside", "reader");
    reader.setAttribute("aria-label", `Message ${number}`);
    const title = make("h5", "", article.querySelector("h5").textContent);
    title.tabIndex = -1;
    const whole = article.querySelector("pre").textContent;
    const remarks = [...article.querySelectorAll(".remark")].map((each) => each.cloneNode(true));
    const told = parsed(whole, remarks) ?? { parts: [], rest: remarks };
    const raw = make("details", "more", make("summary", "", "Raw text"), make("pre", "raw", whole));
    const copy = button("Copy the raw text", "Copy", () => {
      navigator.clipboard.writeText(whole).then(() => { copy.textContent = "Copied"; }, () => { raw.open = true; });
    });
    raw.open = !told.parts.length;
    reader.append(
      make("header", "", title, make("nav", "", navigator.clipboard ? copy : "", button("Previous message", "↑", () => step(run, -1)),
        button("Next message", "↓", () => step(run, 1)), button("Close", "✕", () => close(run, true)))),
      article.querySelector("p.quiet").cloneNode(true),
      ...[...article.querySelectorAll(".defect")].map((each) => each.cloneNode(true)),
      ...told.rest, ...told.parts, raw,
    );
    stage.append(reader);
    stage.classList.add("reading");
    arrow?.setAttribute("aria-current", "true");
    readers.set(run, { arrow, reader });
    if (!focus) return;
    arrow?.querySelector(".label").scrollIntoView(wide.matches ? { block: "center", inline: "nearest" } : { block: "start", inline: "center" });
    if (arrow && !wide.matches) scrollBy(0, -96); // below the names of the parties
    title.focus({ preventScroll: true });
  }
  function close(run, back = false) {
    if (!readers.has(run)) return;
    const { arrow, reader } = readers.get(run);
    readers.delete(run);
    reader.parentElement.classList.remove("reading");
    reader.remove();
    arrow?.removeAttribute("aria-current");
    if (back) {
      history.replaceState(null, "", `#${run.id}`);
      (arrow ?? run.querySelector("summary")).focus({ preventScroll: true });
    }
  }
  function step(run, by) {
    const arrows = arrowsOf(run);
    const next = arrows[arrows.indexOf(readers.get(run)?.arrow) + by];
    if (!next) return;
    history.replaceState(null, "", next.getAttribute("href"));
    follow();
  }
  function prepare(run) {
    // A deep link must open the panel, not the plain text of the message, so the browser must not find that.
    for (const article of run.querySelectorAll(".message[id]")) {
      article.dataset.number = article.id.split("/m").at(-1);
      article.removeAttribute("id");
    }
  }
  async function opened(run) {
    await unpack(run);
    prepare(run);
    // Where there is room beside the ladder, the most telling message stands there from the start.
    const arrows = arrowsOf(run);
    const told = run.querySelector(".wire")?.dataset.telling;
    const telling = arrows.find((each) => each.getAttribute("href").endsWith(`/m${told}`)) ?? arrows.find((each) => each.matches(".fail")) ?? arrows.find((each) => each.matches(".warn"))
      ?? arrows.find((each) => each.textContent.includes("REFER")) ?? arrows[0];
    if (telling && wide.matches && !readers.has(run)) read(run, telling.getAttribute("href").split("/m").at(-1), false);
  }

  // The names of the parties stay in sight while a long ladder is read.
  addEventListener("scroll", () => {
    for (const ladder of document.querySelectorAll(".run[open] .ladder")) {
      const { top, height } = ladder.getBoundingClientRect();
      const down = Math.round(Math.min(-top, height - 80));
      ladder.querySelector(".heads").setAttribute("transform", `translate(0 ${down > 0 ? down : 0})`);
    }
  }, { passive: true });

  // Addresses: #scenario and #scenario/m12.
  async function follow() {
    const [key, number] = decodeURIComponent(location.hash.slice(1)).split("/m");
    const run = runs.find((each) => each.id === key);
    if (!run) return;
    if (run.hidden) clear();
    run.open = true;
    await opened(run);
    if (number) return read(run, number);
    if (!wide.matches) close(run);
    run.scrollIntoView({ block: "start" });
    run.querySelector("summary").focus({ preventScroll: true });
  }
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href*="/m"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault(); // the browser would jump to the plain text of the message
    history.pushState(null, "", link.getAttribute("href"));
    follow();
  });
  list?.addEventListener("toggle", (event) => { if (event.target.open && event.target.matches(".run")) opened(event.target); }, true);

  // Keyboard.
  const here = (selector) => document.activeElement?.closest(selector);
  function move(by) {
    if (here(".reader, .ladder")) return step(here("details.run"), by);
    const rows = visible();
    const now = rows.indexOf(here("details.run"));
    const next = rows[now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by];
    next?.querySelector("summary").focus();
    next?.scrollIntoView({ block: "nearest" });
  }
  function along(by) {
    const link = here(".ladder a");
    if (!link) return move(by);
    const arrows = arrowsOf(link.closest("details.run"));
    arrows[arrows.indexOf(link) + by]?.focus();
  }
  function escape() {
    const run = here("details.run") ?? (wide.matches ? null : [...readers.keys()].at(-1));
    if (run && readers.has(run)) return close(run, true);
    if (find && (find.value || document.activeElement === find)) { clear(); find.blur(); }
  }
  const acts = { j: () => move(1), k: () => move(-1), d: turn, "?": () => keys.showModal(), "/": () => find?.focus() };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    if (event.key === "Escape") return escape();
    if (typing) return;
    const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (arrow && event.target.closest("summary, .ladder a, .reader h5")) along(arrow);
    else if (Object.hasOwn(acts, event.key)) acts[event.key]();
    else return;
    event.preventDefault();
  });
  document.getElementById("theme").addEventListener("click", turn);
  document.getElementById("help").addEventListener("click", () => keys.showModal());

  // Paper shows what failed, and closes it again afterwards.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = runs.filter((run) => !run.hidden && !run.open && run.dataset.verdict !== "pass");
    for (const run of unfolded) run.open = true;
  });
  addEventListener("afterprint", () => { for (const run of unfolded) run.open = false; });

  for (const run of runs) {
    prepare(run);
    if (run.open) opened(run);
  }
  if (location.hash) follow();
})();
