import type ja from "../ja/victims";

export default {} satisfies Record<keyof typeof ja, string>;
