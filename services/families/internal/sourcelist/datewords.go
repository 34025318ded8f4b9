package sourcelist

import (
	"strconv"
	"strings"
)

// monthForms are the months in English, Russian and Belarusian, in all cases in
// which dates are written, and short as people and programs write them. Sources:
// the languages' grammars, and CLDR for the short ones. ё is folded into е.
func monthForms() [12]string {
	return [12]string{
		"january jan январь января январю январем январе янв студзень студзеня студзеню студзенем студзені студз сту",
		"february feb февраль февраля февралю февралем феврале февр фев люты лютага лютаму лютым лют",
		"march mar март марта марту мартом марте мар сакавік сакавіка сакавіку сакавіком сак",
		"april apr апрель апреля апрелю апрелем апреле апр красавік красавіка красавіку красавіком крас кра",
		"may май мая маю маем мае маі травень траўня траўню траўнем траўні тра",
		"june jun июнь июня июню июнем июне июн чэрвень чэрвеня чэрвеню чэрвенем чэрвені чэрв чэр",
		"july jul июль июля июлю июлем июле июл ліпень ліпеня ліпеню ліпенем ліпені ліп",
		"august aug август августа августу августом августе авг жнівень жніўня жніўню жніўнем жніўні жнів жні",
		"september sept sep сентябрь сентября сентябрю сентябрем сентябре сент сен верасень верасня верасню вераснем верасні вер",
		"october oct октябрь октября октябрю октябрем октябре окт кастрычнік кастрычніка кастрычніку кастрычнікам кастр кас",
		"november nov ноябрь ноября ноябрю ноябрем ноябре нояб ноя лістапад лістапада лістападу лістападам лістападзе ліст ліс",
		"december dec декабрь декабря декабрю декабрем декабре дек снежань снежня снежню снежнем снежні сьнежань сьнежня сьнежню сьнежнем сьнежні снеж сне",
	}
}

// monthNumber is the number of a month that is written as a word, empty for any
// other word.
func monthNumber(word string) string {
	if isNumber(word) {
		return ""
	}
	for i, forms := range monthForms() {
		for form := range strings.FieldsSeq(forms) {
			if form == word {
				return strconv.Itoa(i + 1)
			}
		}
	}
	return ""
}

// weekdays are the days of the week, in the cases in which they stand before a date,
// and short; they say nothing that the date does not.
func weekdays() []string {
	return strings.Fields(`
		monday tuesday wednesday thursday friday saturday sunday
		mon tue tues wed thu thur thurs fri sat sun
		понедельник понедельника вторник вторника среда среду среды четверг четверга пятница пятницу пятницы
		суббота субботу субботы воскресенье воскресенья пн вт ср чт пт сб вс
		панядзелак панядзелка аўторак аўторка серада сераду серады чацвер чацвярга пятніца пятніцу пятніцы
		субота суботу суботы нядзеля нядзелю нядзелі аў чц нд`)
}

// unknownDates are the words for a date that nobody knows; an empty cell is one, too.
func unknownDates() []string {
	return []string{
		"-", "–", "—", "?", "unknown", "not known", "n/a", "none", "no data",
		"неизвестно", "неизвестна", "неизвестен", "не известно", "нет данных", "нет сведений", "н/д",
		"невядома", "невядомая", "невядомы", "не вядома", "няма звестак", "няма дадзеных",
	}
}

// dateFillers are the words around a date that say nothing.
func dateFillers() []string {
	return strings.Fields("г год года году годзе гг on in the of в во у ва ў")
}
