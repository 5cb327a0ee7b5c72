const PATHS = {
  ok: "M5 13l5 5L20 7",
  warn: "M12 3L2 21h20L12 3zm0 7v5m0 3v.5",
  danger: "M12 2l9 5v10l-9 5-9-5V7l9-5zm0 5v6m0 3v.5",
  cross: "M6 6l12 12M18 6L6 18",
  injury: "M9 3h6v6h6v6h-6v6H9v-6H3V9h6V3z",
  help: "M12 21s-8-5-8-11a4.5 4.5 0 0 1 8-2.8A4.5 4.5 0 0 1 20 10c0 6-8 11-8 11z",
  silent: "M4 5h16v11H9l-5 4V5zm5 5.500h6",
  send: "M3 11l18-8-7 18-3-7-8-3z",
  wait: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4v5l4 2",
  phone: "M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4a3 3 0 0 1-3 3A16 16 0 0 1 3 6a3 3 0 0 1 3-3z",
  back: "M15 5l-7 7 7 7",
  undo: "M8 5L3 10l5 5M3 10h11a6 6 0 0 1 0 12h-3",
  search: "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zm5 11l6 6",
  person: "M12 3a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM4 21c0-5 4-7 8-7s8 2 8 7",
  add: "M12 4v16M4 12h16",
  home: "M3 11l9-8 9 8v10h-6v-6H9v6H3V11z",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 7v7m0-10v.5",
  language: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
} as const;

export type IconName = keyof typeof PATHS;

/** A shape that goes with a word, never alone; hidden from screen readers for that reason. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
