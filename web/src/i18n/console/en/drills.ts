import type ja from "../ja/drills";

export default {
  "now.planned": "Planned drills",
  "item.practice": "practice",
} satisfies Record<keyof typeof ja, string>;
