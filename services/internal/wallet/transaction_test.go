package wallet_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/wallet"
)

func TestATransactionIsNamedAsItsNetworkDoes(t *testing.T) {
	t.Parallel()
	digits := strings.Repeat("Ab", 32)
	for _, c := range []struct {
		network wallet.Network
		id      string
		want    string
		reason  fault.FieldReason
	}{
		{wallet.Bitcoin, digits, strings.ToLower(digits), ""},
		{wallet.Ethereum, "0x" + digits, "0x" + strings.ToLower(digits), ""},
		{wallet.Ethereum, "0X" + digits, "0x" + strings.ToLower(digits), ""},
		{wallet.Bitcoin, "", "", fault.FieldRequired},
		{wallet.Bitcoin, "0x" + digits, "", fault.FieldMalformed},
		{wallet.Ethereum, digits, "", fault.FieldMalformed},
		{wallet.Bitcoin, digits[1:], "", fault.FieldMalformed},
		{wallet.Bitcoin, digits + "00", "", fault.FieldMalformed},
		{wallet.Bitcoin, strings.Repeat("zz", 32), "", fault.FieldMalformed},
		{wallet.Bitcoin, " " + digits, "", fault.FieldMalformed},
	} {
		got, err := wallet.TransactionField("transactionId", c.network, c.id)
		f := fault.As(err)
		if got != c.want || (f == nil) != (c.reason == "") || f != nil && f.Violations[0].Reason != c.reason {
			t.Errorf("%s %q: %q, %v", c.network, c.id, got, err)
		}
	}
}
