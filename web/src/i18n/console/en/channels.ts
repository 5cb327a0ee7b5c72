import type ja from "../ja/channels";

export default {} satisfies Record<keyof typeof ja, string>;
