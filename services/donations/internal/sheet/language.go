// Package sheet writes what a donor reads, in their language: sentences of a receipt, and
// sheets to print. No word of it says what the fund is for: a sheet may be found.
package sheet

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Language is one that sheets are written in, by its ISO 639 code.
type Language string

// The languages.
const (
	Belarusian Language = "be"
	Russian    Language = "ru"
	English    Language = "en"
)

// Choose returns the language that a request names, the first of ours that the browser
// accepts where it names none, and else English.
func Choose(asked string, accepts []string) (Language, error) {
	switch l := Language(asked); l {
	case Belarusian, Russian, English:
		return l, nil
	case "":
	default:
		return "", fault.Field("language", fault.FieldNotPossible, `must be "be", "ru" or "en"`)
	}
	for _, accepted := range accepts {
		for tag := range strings.SplitSeq(accepted, ",") {
			tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
			main, _, _ := strings.Cut(strings.ToLower(tag), "-")
			if l := Language(main); l == Belarusian || l == Russian || l == English {
				return l, nil
			}
		}
	}
	return English, nil
}

// forgotten says what stays somewhere of a gift that was forgotten.
var forgotten = map[Language]string{
	English: "This link tells nothing any more. Amounts and days stay in the books, without anything that leads to you. " +
		"The payment processor deletes the saved card and ends recurring payments; records of payments that were made it has to keep by law, and your bank keeps its own.",
	Russian: "По этой ссылке больше ничего не показывается. Суммы и даты остаются в бухгалтерских книгах, без всего, что ведёт к вам. " +
		"Платёжный сервис удаляет сохранённую карту и прекращает регулярные платежи; сведения о совершённых платежах он обязан хранить по закону, а ваш банк хранит свои.",
	Belarusian: "Па гэтай спасылцы больш нічога не паказваецца. Сумы і даты застаюцца ў бухгалтарскіх кнігах, без усяго, што вядзе да вас. " +
		"Плацежны сэрвіс выдаляе захаваную картку і спыняе рэгулярныя плацяжы; звесткі пра зробленыя плацяжы ён абавязаны захоўваць паводле закона, а ваш банк захоўвае свае.",
}

// Forgotten is that sentence.
func Forgotten(l Language) string { return forgotten[l] }
