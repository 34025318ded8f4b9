package store

// words are the database's words for the values of an enumeration.
type words[T comparable] map[T]string

// of returns the value of a word; the columns' checks allow no other words.
func (w words[T]) of(word string) T {
	for v, s := range w {
		if s == word {
			return v
		}
	}
	var invalid T
	return invalid
}
