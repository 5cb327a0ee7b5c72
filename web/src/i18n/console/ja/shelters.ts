export default {
  "item.check_out": "避難所の退所",
  "item.head_count": "避難所の人数",
  "reason.unknown_place": "知らない場所",
  "reason.unknown_person": "知らない人",
  "reason.not_entitled": "この電話では記録できない",
  "reason.second_place": "二か所で受付",
  "reason.closed_place": "閉鎖した避難所",
};
