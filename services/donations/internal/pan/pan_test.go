package pan_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pan"
)

func TestCardNumbersAreFoundHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"4242424242424242":                      true, // the processor's public test card
		"pay 4242 4242 4242 4242 please":        true,
		"4242-4242-4242-4242":                   true,
		"378282246310005":                       true,
		"https://example.org/4242424242424242/": true,
		"order 123 4242 4242 4242 4242":         true, // beside another number
		"12345678901234567890":                  true, // longer than any number
		"4242424242424241":                      false,
		"424242424242":                          false,
		"2026-11-24":                            false,
		"":                                      false,
		"Friends of the Winter Fund":            false,
	} {
		if got := pan.Within(text); got != want {
			t.Errorf("Within(%q) = %v, want %v", text, got, want)
		}
	}
}
