package pan_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pan"
)

func TestCardNumbersAreFoundHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"4242424242424242":                                     true, // the processor's public test card
		"pay 4242 4242 4242 4242 please":                       true,
		"4242-4242-4242-4242":                                  true,
		"378282246310005":                                      true,
		"https://example.org/4242424242424242/":                true,
		"order 123 4242 4242 4242 4242":                        true, // beside another number
		"https://example.org/?q=4242%204242%204242%204242&x=1": true,
		"4242+4242+4242+4242":                                  true,
		"5555 5555 5555 4444":                                  true,  // Mastercard
		"2223003122003222":                                     true,  // Mastercard, the younger range
		"6011111111111117":                                     true,  // Discover
		"3056 930902 5904":                                     true,  // Diners Club
		"3566002020360505":                                     true,  // JCB
		"6200000000000005":                                     true,  // UnionPay
		"2200 0000 0000 0004":                                  true,  // Mir
		"9112 0000 0000 0006":                                  true,  // Belkart
		"12345678901234567890":                                 false, // longer than any number
		"1796074066392":                                        false, // a time in milliseconds, with a valid check digit
		"42424242424242":                                       false, // no length of its network
		"order 7992739871300":                                  false, // a valid check digit, of no network
		"0000000000000000":                                     false,
		"2026-11-30 21:27:50.12":                               false,
		"4242424242424241":                                     false,
		"424242424242":                                         false,
		"2026-11-24":                                           false,
		"":                                                     false,
		"Friends of the Winter Fund":                           false,
	} {
		if got := pan.Within(text); got != want {
			t.Errorf("Within(%q) = %v, want %v", text, got, want)
		}
	}
}
