export default {
  "nav.city": "市の設定",
  "city.title": "市の設定",
  "city.words": "ここに入れた名前と電話番号が、画面・メール・協力者の電話・印刷する用紙に出ます。",
  "city.read_only":
    "変えられるのは、システム管理の担当だけです。足りないものがあれば、担当に頼んでください。",
  "city.name": "市の名前",
  "city.name.hint": "例：豊中市",
  "city.lg_code": "団体コード（全国地方公共団体コード）",
  "city.lg_code.hint": "5けた、または検査数字つきの6けた。例：272035",
  "city.phone": "連絡先の電話",
  "city.phone.hint":
    "協力者と住民が本部にかける番号です。市外局番から。空のときは「市役所の災害対策本部に連絡してください」と案内します。",
  "city.phone.started":
    "いまは、起動のときの設定の番号（{phone}）を案内しています。ここに入れると、こちらを使います。",
  "city.districts": "校区ごとの電話（自分の番号がある校区 {n}）",
  "city.districts.words":
    "校区の本部に自分の番号があるときだけ入れます。空の校区では、市の連絡先を案内します。",
  "city.districts.none": "校区がまだありません。校区の地図を取り込むと、ここに並びます。",
  "city.district.phone": "{name}の電話",
  "city.save": "市の設定を保存する",
  "city.saved": "保存しました",
  "city.saved.words":
    "協力者の電話には、次に通信したときに届きます。印刷ずみの用紙は変わりません。",
  "city.lacking": "市の設定が足りません",
  "city.lacking.name": "市の名前がありません。メールや用紙に、どこの市か書けません。",
  "city.lacking.lg_code": "団体コードがありません。避難所などの取り込みで、どの市か分かりません。",
  "city.lacking.phone":
    "連絡先の電話がありません。協力者の電話・メール・用紙に、かける番号が出ません。",
  "city.lacking.open": "市の設定を入力する",
  "city.lacking.see": "市の設定を見る",
};
