import type ja from "../ja/working";

export default {} satisfies Record<keyof typeof ja, string>;
