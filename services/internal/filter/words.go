package filter

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Words are the spellings in which a filter may name the values of an enum of the
// contract: as answers show them, and without the prefix that all its names have. Each
// stands for the latter, by which tables keep it.
func Words[E protoreflect.Enum]() map[string]string {
	var zero E
	values := zero.Descriptor().Values()
	prefix := strings.TrimSuffix(string(values.ByNumber(0).Name()), "UNSPECIFIED")
	words := map[string]string{}
	for i := range values.Len() {
		if name := string(values.Get(i).Name()); values.Get(i).Number() != 0 {
			word := strings.TrimPrefix(name, prefix)
			words[word], words[name] = word, word
		}
	}
	return words
}
