package sheet

import "strings"

// words are those of a page in one language.
type words struct {
	Receipt, Statement, PaidTo, Payments, Day, Paid, Returned, Total, Made string
}

var wordsOf = map[Language]words{
	English: {
		"Receipt", "Statement of payments", "Paid to", "Payments by card", "Day", "Paid", "Returned", "Paid, less what was returned", "Made on",
	},
	Russian: {
		"Квитанция", "Справка о платежах", "Получатель", "Платежи картой", "День", "Оплачено", "Возвращено", "Оплачено за вычетом возвратов", "Составлено",
	},
	Belarusian: {
		"Квітанцыя", "Даведка аб плацяжах", "Атрымальнік", "Плацяжы карткай", "Дзень", "Аплачана", "Вернута", "Аплачана без вернутага", "Складзена",
	},
}

// telling are beginnings of words, in three languages, that must not stand on a sheet:
// each tells who reads it what the payments are for.
var telling = []string{
	"prison", "politic", "repress", "famil", "solidar", "fund", "donat", "donor", "charit", " aid ", "help", "support", "gift", "belarus", "dissident",
	"opposit", "extrem", "regime", "protest", "detain", "jail", "victim",
	"заключ", "полит", "репресс", "семь", "семе", "солидар", "фонд", "пожертв", "донат", "благотвор", "помощ", "поддерж", "подар", "беларус", "белорус",
	"оппоз", "экстрем", "режим", "протест", "задерж", "тюрьм", "жертв",
	"вязн", "зняволен", "паліт", "рэпрэс", "сям", "салідар", "ахвяр", "дабрачын", "дапамог", "дапамаг", "падтрым", "падарун",
	"апаз", "экстрэм", "рэжым", "пратэст", "затрым", "турм",
}

// Tells returns a word that says what payments are for, empty where a text has none.
func Tells(text string) string {
	text = " " + strings.ToLower(text) + " "
	for _, word := range telling {
		if strings.Contains(text, word) {
			return word
		}
	}
	return ""
}
