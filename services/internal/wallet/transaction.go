package wallet

import (
	"encoding/hex"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// transactionSize is what the id of a transaction carries on either network, in bytes.
const transactionSize = 32

// TransactionField checks the form of a transaction's id and returns it as its network
// writes it. Whether there is such a transaction only the network knows. The fault names
// the field and never holds the id.
func TransactionField(field string, network Network, id string) (string, error) {
	if id == "" {
		return "", fault.Field(field, fault.FieldRequired, "is required for a transfer to a wallet")
	}
	digits, prefixed := strings.CutPrefix(strings.ToLower(id), "0x")
	number, err := hex.DecodeString(digits)
	if err != nil || len(number) != transactionSize || prefixed != (network == Ethereum) {
		return "", fault.Field(field, fault.FieldMalformed, "must be the id of a transaction: 64 hexadecimal digits, on Ethereum with 0x before them")
	}
	return strings.ToLower(id), nil
}
