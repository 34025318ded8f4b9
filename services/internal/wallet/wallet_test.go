package wallet_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/wallet"
)

func check(network wallet.Network, address string) (string, error) {
	return wallet.CheckField("network", network, "address", address)
}

// The addresses are the published ones of BIP 173, BIP 350, EIP-55 and the first block.
var right = map[string]wallet.Network{
	"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa":                             wallet.Bitcoin,
	"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy":                             wallet.Bitcoin,
	"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4":                     wallet.Bitcoin,
	"bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3": wallet.Bitcoin,
	"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": wallet.Bitcoin,
	"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed":                     wallet.Ethereum,
	"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359":                     wallet.Ethereum,
	"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB":                     wallet.Ethereum,
	"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb":                     wallet.Ethereum,
}

func TestPublishedAddressesAreTaken(t *testing.T) {
	t.Parallel()
	for address, network := range right {
		if written, err := check(network, address); err != nil || written != address {
			t.Errorf("%s: %s, %v", address, written, err)
		}
	}
	// Capitals are the same witness address, and are written small.
	written, err := check(wallet.Bitcoin, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4")
	if err != nil || written != "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" {
		t.Errorf("capitals: %s, %v", written, err)
	}
}

func TestWhatNoNetworkTakesIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		network wallet.Network
		address string
		field   string
		reason  fault.FieldReason
	}{
		"no network":                     {"", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "network", fault.FieldUnknownValue},
		"an unknown network":             {"DOGECOIN", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "network", fault.FieldUnknownValue},
		"no address":                     {wallet.Bitcoin, "", "address", fault.FieldRequired},
		"far too long":                   {wallet.Bitcoin, strings.Repeat("1", 101), "address", fault.FieldTooLong},
		"a letter of base58 changed":     {wallet.Bitcoin, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "address", fault.FieldMalformed},
		"a letter of bech32 changed":     {wallet.Bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "address", fault.FieldMalformed},
		"two cases in bech32":            {wallet.Bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", "address", fault.FieldMalformed},
		"a test network's base58":        {wallet.Bitcoin, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "address", fault.FieldMalformed},
		"a test network's bech32":        {wallet.Bitcoin, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "address", fault.FieldMalformed},
		"version 1 with bech32":          {wallet.Bitcoin, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "address", fault.FieldMalformed},
		"version 0 with bech32m":         {wallet.Bitcoin, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "address", fault.FieldMalformed},
		"a program of another length":    {wallet.Bitcoin, "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "address", fault.FieldMalformed},
		"spaces around":                  {wallet.Bitcoin, " 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "address", fault.FieldMalformed},
		"another network's":              {wallet.Bitcoin, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "address", fault.FieldMalformed},
		"Bitcoin's for Ethereum":         {wallet.Ethereum, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "address", fault.FieldMalformed},
		"one letter in the other case":   {wallet.Ethereum, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "address", fault.FieldMalformed},
		"without its checksum, small":    {wallet.Ethereum, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "address", fault.FieldMalformed},
		"without its checksum, capitals": {wallet.Ethereum, "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", "address", fault.FieldMalformed},
		"without 0x":                     {wallet.Ethereum, "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "address", fault.FieldMalformed},
		"a digit too few":                {wallet.Ethereum, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "address", fault.FieldMalformed},
		"no digit":                       {wallet.Ethereum, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", "address", fault.FieldMalformed},
	} {
		_, err := check(c.network, c.address)
		f := fault.As(err)
		if f == nil || len(f.Violations) != 1 || f.Violations[0].Field != c.field || f.Violations[0].Reason != c.reason {
			t.Errorf("%s: %v", name, err)
		}
		if f != nil && c.address != "" && strings.Contains(f.Violations[0].Description, c.address) {
			t.Errorf("%s: the sentence holds the address", name)
		}
	}
}

// TestOneTypingErrorIsFound changes one character of a right address. Four bytes of a
// checksum miss one change in four thousand million, bech32 none, and the case of an
// Ethereum address one in some thousands: it is not asked for.
func TestOneTypingErrorIsFound(t *testing.T) {
	t.Parallel()
	var bitcoins []string
	for address, network := range right {
		if network == wallet.Bitcoin {
			bitcoins = append(bitcoins, address)
		}
	}
	slices.Sort(bitcoins)
	rapid.Check(t, func(t *rapid.T) {
		address := []byte(rapid.SampledFrom(bitcoins).Draw(t, "address"))
		at := rapid.IntRange(0, len(address)-1).Draw(t, "at")
		c := rapid.SampledFrom([]byte("023456789acdefghjklmnpqrstuvwxyz")).Draw(t, "character")
		if address[at] == c {
			t.Skip("unchanged")
		}
		address[at] = c
		if written, err := check(wallet.Bitcoin, string(address)); err == nil {
			t.Fatalf("%s is taken as %s", address, written)
		}
	})
}
