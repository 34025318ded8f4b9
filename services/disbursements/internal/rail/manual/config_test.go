package manual_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/manual"
)

func TestSendersAreReadFromTheSettings(t *testing.T) {
	t.Parallel()
	want := map[string]string{"main": "asset:bank:main", "coins": "asset:bank:coins", "exchange": "asset:bank:exchange", "courier": "asset:cash:courier"}
	for _, s := range senders(t) {
		if s.Account() != want[s.ID] || s.Currency != "EUR" || s.ExposureCap != 2 || len(s.Forms) == 0 || s.Cash != (s.ID == "courier") {
			t.Errorf("sender %+v", s)
		}
	}
	can := manual.New(nil, nil, senders(t)).Capabilities()
	if len(can.Forms) != 5 || len(can.Currencies) != 1 || !can.Records || can.Reconciles {
		t.Errorf("capabilities %+v", can)
	}
}

func TestWithoutSettingsThereAreSendersInDevelopmentOnly(t *testing.T) {
	t.Parallel()
	for development, want := range map[bool]int{true: 3, false: 0} {
		if list, err := (manual.Config{}).List(development); err != nil || len(list) != want {
			t.Errorf("development %t: %v, %v", development, list, err)
		}
	}
}

func TestSettingsThatNameNoSenderAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"main":                "ID:KIND:CURRENCY",
		"Main:account:EUR":    "ID:KIND:CURRENCY",
		":account:EUR":        "ID:KIND:CURRENCY",
		"main:paypal:EUR":     "KIND is",
		"main:account:euro":   "CURRENCY is",
		"main:account:DEM":    "CURRENCY is",
		"main:account:EUR:me": "ID:KIND:CURRENCY",
	} {
		if _, err := (manual.Config{Senders: []string{text}}).List(true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := (manual.Config{Senders: []string{"a:account:EUR", "a:courier:EUR"}}).List(false); err == nil {
		t.Error("one sender twice is taken")
	}
}
