package bankfake

import "fmt"

// IBAN makes the n-th account at a bank that does not exist.
func IBAN(n int) string {
	account := fmt.Sprintf("99999%011d", n)
	rest := 0
	for _, digit := range account + "212900" { // L=21, T=29, check digits 00
		rest = (rest*10 + int(digit-'0')) % 97
	}
	return fmt.Sprintf("LT%02d%s", 98-rest, account)
}
