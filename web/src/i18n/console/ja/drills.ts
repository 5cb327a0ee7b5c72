export default {
  "now.planned": "これからの訓練",
  "item.practice": "練習",
};
