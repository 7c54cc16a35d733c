// The list of exchanges: a page of it at a time, over data that lies compressed in this file.
// All that is shown of the data is set as text: there is no innerHTML here.
'use strict';

const PER_PAGE = 100;
const BLOCK = 256;
const HEADS = ['No.', 'Case', 'While', 'Answer', 'Events', 'ms', 'Breaks'];
const [NUMBER, CASE, GIVEN, ANSWER, EVENTS, MS, BREAKS] = HEADS.keys();

const byId = (id) => document.getElementById(id);
const state = {rows: [], texts: null, shown: [], page: 0, search: 0, blocks: new Map()};

function make(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Raw deflate in base64: read only when it is needed, so that the page opens before all is unpacked.
async function unpacked(id) {
  const packed = atob(byId(id).textContent);
  const bytes = new Uint8Array(packed.length);
  for (let place = 0; place < packed.length; place += 1) bytes[place] = packed.charCodeAt(place);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const text = await new Response(stream).text();
  return text.split('\n');
}

async function block(number) {
  if (!state.blocks.has(number)) {
    if (state.blocks.size > 8) state.blocks.delete(state.blocks.keys().next().value);
    state.blocks.set(number, await unpacked(`block-${number}`));
  }
  return state.blocks.get(number);
}

function steps(told) {
  const list = make('ol', undefined, 'steps');
  for (const [at, sender, receiver, text, mood] of told) {
    const item = make('li', undefined, mood);
    const between = sender === receiver ? sender : `${sender} → ${receiver}`;
    item.append(make('span', `${at} ms`), make('span', between), make('span', text));
    list.append(item);
  }
  return list;
}

function fields(told) {
  const list = make('dl');
  for (const [label, lines, command] of told) {
    const text = make('pre', lines.join('\n'), command ? 'command' : '');
    if (command) text.append(copier(lines.join('\n')));
    const value = make('dd');
    value.append(text);
    list.append(make('dt', label), value);
  }
  return list;
}

function copier(text) {
  const button = make('button', 'Copy');
  button.type = 'button';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text).then(() => { button.textContent = 'Copied'; }, () => {
      getSelection().selectAllChildren(button.parentElement);
      button.textContent = 'Selected';
    });
  });
  return button;
}

async function toggle(button, line, place) {
  const open = button.getAttribute('aria-expanded') === 'true';
  button.setAttribute('aria-expanded', String(!open));
  if (open) {
    line.nextElementSibling.remove();
    return;
  }
  const cell = make('td', 'Reading …');
  cell.colSpan = HEADS.length;
  const opened = make('tr', undefined, 'opened');
  opened.id = `details-${place}`;
  opened.append(cell);
  line.after(opened);
  const lines = await block(Math.floor(place / BLOCK));
  const details = JSON.parse(lines[place % BLOCK]);
  if (details === null) cell.textContent = 'This file has only the row, so that it stays small.';
  else cell.replaceChildren(steps(details[0]), fields(details[1]));
}

function row(place) {
  const values = state.rows[place];
  const line = make('tr', undefined, values[BREAKS] ? 'bad' : typeof values[ANSWER] === 'string' ? 'doubt' : '');
  const heading = make('th');
  heading.scope = 'row';
  const button = make('button', values[NUMBER]);
  button.type = 'button';
  button.setAttribute('aria-expanded', 'false');
  button.setAttribute('aria-controls', `details-${place}`);
  button.setAttribute('aria-label', `Exchange ${values[NUMBER]}, ${values[CASE]}`);
  button.addEventListener('click', () => toggle(button, line, place));
  heading.append(button);
  line.append(heading);
  for (let column = CASE; column <= BREAKS; column += 1) {
    const cell = make('td', values[column], column === EVENTS || column === MS ? 'number' : '');
    if (column !== CASE) cell.dataset.label = HEADS[column];
    line.append(cell);
  }
  return line;
}

function show(page) {
  const pages = Math.max(1, Math.ceil(state.shown.length / PER_PAGE));
  state.page = Math.min(Math.max(page, 0), pages - 1);
  const first = state.page * PER_PAGE;
  byId('rows').replaceChildren(...state.shown.slice(first, first + PER_PAGE).map(row));
  const of = state.rows.length.toLocaleString('en');
  byId('count').textContent = `${state.shown.length.toLocaleString('en')} of ${of} exchanges`;
  byId('page').textContent = `page ${state.page + 1} of ${pages.toLocaleString('en')}`;
  byId('back').disabled = state.page === 0;
  byId('next').disabled = state.page === pages - 1;
}

// Each word must be found; a second search ends the first.
async function search() {
  const mine = state.search += 1;
  const words = byId('text').value.toLowerCase().split(/\s+/).filter(Boolean);
  const which = byId('which').value;
  state.texts ??= state.rows.map((values) => values.join(' ').toLowerCase());
  const wanted = (values) => which === 'all' || (which === 'broken' ? values[BREAKS] : typeof values[ANSWER] === 'string');
  const deep = byId('deep').checked && words.length > 0;
  const found = [];
  for (let first = 0; first < state.rows.length; first += BLOCK) {
    const lines = deep ? await unpacked(`block-${first / BLOCK}`) : null;
    if (mine !== state.search) return;
    if (deep) byId('count').textContent = `searched ${first.toLocaleString('en')} exchanges …`;
    for (let place = first; place < Math.min(first + BLOCK, state.rows.length); place += 1) {
      if (!wanted(state.rows[place])) continue;
      const text = deep ? `${state.texts[place]} ${lines[place - first].toLowerCase()}` : state.texts[place];
      if (words.every((word) => text.includes(word))) found.push(place);
    }
  }
  state.shown = found;
  show(0);
}

async function start() {
  for (const command of document.querySelectorAll('pre.command')) command.append(copier(command.textContent));
  let waiting = 0;
  byId('search').addEventListener('submit', (event) => event.preventDefault());
  byId('search').addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 150);
  });
  byId('back').addEventListener('click', () => show(state.page - 1));
  byId('next').addEventListener('click', () => show(state.page + 1));
  const lines = await unpacked('index');
  state.rows = JSON.parse(`[${lines.filter(Boolean).join(',')}]`);
  state.shown = [...state.rows.keys()];
  show(0);
  document.documentElement.dataset.ready = 'true';
}

start();
