// Package wallet checks the addresses of wallets by the checksum of their network, so
// that a typing error does not send money to nobody. It is pure and asks no network
// whether a wallet is there.
package wallet

import (
	"encoding/hex"
	"strings"

	"github.com/btcsuite/btcd/btcutil/base58"
	"github.com/btcsuite/btcd/btcutil/bech32"
	"golang.org/x/crypto/sha3"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Network is where a wallet's money is kept. The zero Network is invalid.
type Network string

// The networks whose addresses can be checked.
const (
	Bitcoin  Network = "BITCOIN"
	Ethereum Network = "ETHEREUM"
)

// maxText bounds what is looked at; the longest address has 90 characters.
const maxText = 100

// CheckField checks an address of a network, field by field, and returns it as its
// network writes it. The fault names the field and never holds the address.
func CheckField(networkField string, network Network, field, address string) (string, error) {
	checks := map[Network]func(string) (string, bool){Bitcoin: bitcoin, Ethereum: ethereum}
	check, known := checks[network]
	if !known {
		return "", fault.Field(networkField, fault.FieldUnknownValue, "must be a network whose addresses can be checked: BITCOIN or ETHEREUM")
	}
	if address == "" {
		return "", fault.Field(field, fault.FieldRequired, "is required")
	}
	if len(address) > maxText {
		return "", fault.Field(field, fault.FieldTooLong, "must have at most 100 characters")
	}
	written, ok := check(address)
	if !ok {
		return "", fault.Field(field, fault.FieldMalformed, "must be an address of its network with its checksum: look for a typing error")
	}
	return written, nil
}

// Versions of base58 addresses on Bitcoin's main network.
const (
	payToKeyHash    = 0x00
	payToScriptHash = 0x05
)

// hashSize is what an address of either version carries, in bytes.
const hashSize = 20

// bitcoin reads an address of the main network: base58 with four bytes of a double
// SHA-256, or a segregated witness in bech32 or bech32m.
func bitcoin(address string) (string, bool) {
	if hash, version, err := base58.CheckDecode(address); err == nil {
		return address, len(hash) == hashSize && (version == payToKeyHash || version == payToScriptHash)
	}
	return witness(address)
}

// Bounds of a witness program in bytes, and the newest version (BIP 141, BIP 350).
const (
	minProgram    = 2
	maxProgram    = 40
	shortProgramZ = 20
	longProgramZ  = 32
	newestWitness = 16
)

// witness reads a segregated witness address. Version 0 has bech32's checksum, those
// after it bech32m's.
func witness(address string) (string, bool) {
	prefix, data, checksum, err := bech32.DecodeGeneric(address)
	if err != nil || prefix != "bc" || len(data) == 0 || data[0] > newestWitness {
		return "", false
	}
	program, err := bech32.ConvertBits(data[1:], 5, 8, false)
	if err != nil || len(program) < minProgram || len(program) > maxProgram {
		return "", false
	}
	if data[0] == 0 {
		ok := checksum == bech32.Version0 && (len(program) == shortProgramZ || len(program) == longProgramZ)
		return strings.ToLower(address), ok
	}
	return strings.ToLower(address), checksum == bech32.VersionM
}

// ethereum reads an address whose letters' case is its checksum (EIP-55). One without
// it, all small or all capital, is refused: nothing would find a typing error.
func ethereum(address string) (string, bool) {
	digits, found := strings.CutPrefix(address, "0x")
	if !found || len(digits) != 2*hashSize {
		return "", false
	}
	small := strings.ToLower(digits)
	if _, err := hex.DecodeString(small); err != nil {
		return "", false
	}
	keccak := sha3.NewLegacyKeccak256()
	_, _ = keccak.Write([]byte(small)) // a hash takes everything
	sum := hex.EncodeToString(keccak.Sum(nil))
	cased := []byte(small)
	for i, c := range cased {
		if c >= 'a' && sum[i] >= '8' {
			cased[i] = c - 'a' + 'A'
		}
	}
	return address, string(cased) == digits
}
