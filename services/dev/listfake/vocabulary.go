package listfake

import "strings"

// words are what a made-up list in one language is written with. Formats with %d
// take a number, the address a place and a number.
type words struct {
	syllables       []string
	endings         [][2]string // masculine, feminine
	feminine        string      // ending of a feminine given name
	citizen         string
	active, former  string
	late            string // recognised after release
	male, female    string
	month, monthOf  string
	unknown         string
	prison, address string
	released        string
	awaiting        string
	charges         [3]string
	years           string
	halves, months  string
	notes           []string
}

// cyrillic syllables and Latin ones are the same in the same order; no two of them
// make a name in use.
const (
	cyrillicSyllables = "зур мек твор луп дрэв гмыр зел рум тыс вул кіш храм пяк сод нык жар мульд ферп ладз глем шор бяв торк цуд рэзд смук ноц вежд каўл пырс"
	latinSyllables    = "zur mek tvor lup drev gmyr zel rum tys vul kish khram pyak sod nyk zhar muld ferp ladz hlem shor byav tork tsud rezd smuk nots vezhd kaul pyrs"
)

func wordsOf(format Format) words {
	switch format {
	case Names:
		return englishWords()
	case NamesBelarusian:
		return belarusianWords()
	default:
		return russianWords()
	}
}

func englishWords() words {
	return words{
		syllables: strings.Fields(latinSyllables),
		endings:   [][2]string{{"ovets", "ovets"}, {"ynski", "ynskaya"}, {"uk", "uk"}, {"enia", "enia"}, {"au", "ava"}},
		feminine:  "a", citizen: "Citizen",
		active: "Political prisoner", former: "Former political prisoner", late: "Recognized ex post facto",
		male: "male", female: "female", month: "april", monthOf: "September", unknown: "unknown",
		prison: "Penal colony No. %d", address: "%s region, Made-up street, %d",
		released: "released", awaiting: "at liberty before serving the sentence",
		charges: [3]string{"Art. %d of the Criminal Code: \"active participation\", in part", "Part 2 of Art. %d of the Criminal Code", "Art. %d-1 CC"},
		years:   "%d years of imprisonment", halves: "4 1/2 years", months: "18 months of restricted freedom",
		notes: []string{"Made-up court of a made-up district. ", "He said: \"it is invented\", and left. ", "Second paragraph\nof the same cell; more follows. ", "No facts here, only length. "},
	}
}

func russianWords() words {
	return words{
		syllables: strings.Fields(cyrillicSyllables),
		endings:   [][2]string{{"овец", "овец"}, {"ынский", "ынская"}, {"ук", "ук"}, {"еня", "еня"}, {"ов", "ова"}},
		feminine:  "а", citizen: "Гражданин",
		active: "Политзаключённый", former: "Бывший политзаключённый", late: "Признан постфактум",
		male: "м", female: "ж", month: "апрель", monthOf: "сентября", unknown: "неизвестно",
		prison: "Исправительная колония № %d", address: "г. %s, ул. Выдуманная, %d",
		released: "освобождён", awaiting: "находится на свободе до начала отбывания наказания",
		charges: [3]string{"Ст. %d УК: \"активное участие\", частично", "ч. 2 ст. %d УК", "ст. %d-1 УК"},
		years:   "%d года лишения свободы", halves: "4 1/2 года", months: "18 месяцев ограничения свободы",
		notes: []string{"Выдуманный суд выдуманного района. ", "Он сказал: \"это придумано\", и вышел. ", "Второй абзац\nтой же ячейки; дальше больше. ", "Фактов здесь нет, только длина. "},
	}
}

func belarusianWords() words {
	return words{
		syllables: strings.Fields(cyrillicSyllables),
		endings:   [][2]string{{"авец", "авец"}, {"ынскі", "ынская"}, {"ук", "ук"}, {"еня", "еня"}, {"аў", "ава"}},
		feminine:  "а", citizen: "Грамадзянін",
		active: "Палітвязень", former: "Былы палітвязень", late: "Прызнаны постфактум",
		male: "муж.", female: "жан.", month: "красавік", monthOf: "верасня", unknown: "невядома",
		prison: "Папраўчая калонія № %d", address: "г. %s, вул. Выдуманая, %d",
		released: "вызвалены", awaiting: "знаходзіцца на волі да пачатку адбыцця пакарання",
		charges: [3]string{"Арт. %d КК: \"актыўны ўдзел\", часткова", "ч. 2 арт. %d КК", "арт. %d-1 КК"},
		years:   "%d гады пазбаўлення волі", halves: "4 1/2 года", months: "18 месяцаў абмежавання волі",
		notes: []string{"Выдуманы суд выдуманага раёна. ", "Ён сказаў: \"гэта прыдумана\", і выйшаў. ", "Другі абзац\nтой жа ячэйкі; далей больш. ", "Фактаў тут няма, толькі даўжыня. "},
	}
}
