package payment

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestPeopleRecordWhatTheWayOfAPaymentAsks(t *testing.T) {
	t.Parallel()
	bank, hand, courier := Way{}, Way{Records: true}, Way{Records: true, Cash: true}
	for name, test := range map[string]struct {
		verb   Verb
		way    Way
		state  State
		own    bool
		reason fault.Reason
	}{
		"a transfer by hand":              {RecordSent, hand, Sent, false, ""},
		"a hand-over":                     {RecordDelivery, courier, Sent, false, ""},
		"a payment of a bank's file":      {RecordSent, bank, Sent, false, fault.ReasonRailCannot},
		"a hand-over of a bank's file":    {RecordDelivery, bank, Sent, false, fault.ReasonRailCannot},
		"a courier's payment as sent":     {RecordSent, courier, Sent, false, fault.ReasonRailCannot},
		"a transfer as handed over":       {RecordDelivery, hand, Sent, false, fault.ReasonRailCannot},
		"what nobody has fetched":         {RecordSent, hand, Submitted, false, fault.ReasonIllegalState},
		"what is settled":                 {RecordSent, hand, Settled, false, fault.ReasonIllegalState},
		"by the person who recorded it":   {RecordSent, hand, Sent, true, fault.ReasonSamePerson},
		"a hand-over by who recorded it":  {RecordDelivery, courier, Sent, true, fault.ReasonSamePerson},
		"what came back":                  {RecordDelivery, courier, Returned, false, fault.ReasonIllegalState},
		"what its plan has not released ": {RecordSent, hand, Pending, false, fault.ReasonIllegalState},
	} {
		err := Payment{State: test.state}.May(test.verb, Setting{Way: test.way, Own: test.own})
		if (err == nil) != (test.reason == "") || err != nil && !fault.Is(err, test.reason) {
			t.Errorf("%s: %v, want %q", name, err, test.reason)
		}
	}
}

func TestTwoRecordsAgreeInAllThatTheySay(t *testing.T) {
	t.Parallel()
	r := Record{On: "2026-11-24", Evidence: []byte{1}, Transaction: []byte{2}, RecordedBy: "staff/s_1"}
	same := r
	same.RecordedBy = "staff/s_2"
	if err := r.Agrees(same); err != nil {
		t.Errorf("the same: %v", err)
	}
	for what, change := range map[string]func(*Record){
		"day":            func(x *Record) { x.On = "2026-11-25" },
		"evidence":       func(x *Record) { x.Evidence = []byte{3} },
		"transaction":    func(x *Record) { x.Transaction = []byte{3} },
		"no transaction": func(x *Record) { x.Transaction = nil },
	} {
		other := same
		change(&other)
		if err := r.Agrees(other); !fault.Is(err, fault.ReasonRecordDiffers) {
			t.Errorf("another %s: %v", what, err)
		}
	}
}
