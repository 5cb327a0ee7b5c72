import type ja from "../ja/shelters";

export default {
  "item.check_out": "check-out",
  "item.head_count": "head-count",
  "reason.unknown_place": "unknown place",
  "reason.unknown_person": "unknown person",
  "reason.not_entitled": "not this phone's to say",
  "reason.second_place": "received at two places",
  "reason.closed_place": "closed shelter",
} satisfies Record<keyof typeof ja, string>;
