package giftref_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/giftref"
)

func TestAReferenceIsFoundInWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	ref := giftref.Of("general")
	spaced := ref[:4] + " " + ref[4:8] + " " + ref[8:12] + " " + ref[12:]
	wrong := ref[:13] + string('0'+(ref[13]-'0'+1)%10)
	for text, want := range map[string]string{
		ref: ref, "Gift " + spaced + " thank you": ref, "gift:" + ref + ".": ref, "": "", "RF": "", wrong: "", "X" + ref: "", ref + "7": "",
		// The standard's own example is right, and too long to be ours.
		"RF18539007547034": "", "RF712348231": "",
	} {
		if got := giftref.Find(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if giftref.Of("general") == giftref.Of("winter") {
		t.Error("two funds have one reference")
	}
}

// TestOneWrongCharacterIsNoReference changes one of any fund's.
func TestOneWrongCharacterIsNoReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ref := []byte(giftref.Of(rapid.String().Draw(t, "fund")))
		at := rapid.IntRange(2, len(ref)-1).Draw(t, "place")
		other := rapid.SampledFrom([]byte("0123456789ABCDEFGHIJKLMNOPQRSTUV")).Draw(t, "character")
		same := ref[at] == other
		ref[at] = other
		if found := giftref.Find(string(ref)) != ""; found != same {
			t.Fatalf("%s is found: %t", ref, found)
		}
	})
}
