package revision_test

import (
	"testing"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
)

func fund() *donationsv1.Fund {
	return &donationsv1.Fund{
		Name: "funds/winter", DisplayName: "Winter", CurrencyCodes: []string{"EUR"}, PromisesFullGift: true,
		State: donationsv1.FundState_FUND_STATE_OPEN, Etag: "v1",
	}
}

func merge(given *donationsv1.Fund, paths ...string) (*donationsv1.Fund, error) {
	return revision.Merge(fund(), given, &fieldmaskpb.FieldMask{Paths: paths}, "display_name", "currency_codes")
}

func TestAMaskSaysWhatChanges(t *testing.T) {
	t.Parallel()
	const name, state = "Spring", donationsv1.FundState_FUND_STATE_CLOSED
	for what, test := range map[string]struct {
		given *donationsv1.Fund
		paths []string
		want  func(f *donationsv1.Fund)
	}{
		"one field of two":     {&donationsv1.Fund{DisplayName: name, CurrencyCodes: []string{"USD"}}, []string{"display_name"}, func(f *donationsv1.Fund) { f.DisplayName = name }},
		"as JSON spells it":    {&donationsv1.Fund{CurrencyCodes: []string{"USD"}}, []string{"currencyCodes"}, func(f *donationsv1.Fund) { f.CurrencyCodes = []string{"USD"} }},
		"emptied":              {&donationsv1.Fund{}, []string{"display_name"}, func(f *donationsv1.Fund) { f.DisplayName = "" }},
		"all":                  {&donationsv1.Fund{DisplayName: name}, []string{"*"}, func(f *donationsv1.Fund) { f.DisplayName, f.CurrencyCodes = name, nil }},
		"no mask":              {&donationsv1.Fund{DisplayName: name}, nil, func(f *donationsv1.Fund) { f.DisplayName = name }},
		"no mask, as read":     {&donationsv1.Fund{Name: "funds/winter", DisplayName: name, PromisesFullGift: true, Etag: "v1"}, nil, func(f *donationsv1.Fund) { f.DisplayName = name }},
		"output only, no mask": {&donationsv1.Fund{DisplayName: name, State: state}, nil, func(f *donationsv1.Fund) { f.DisplayName = name }},
	} {
		want := fund()
		test.want(want)
		if got, err := merge(test.given, test.paths...); err != nil || !proto.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
}

func TestAMaskThatNamesAnythingElseIsRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"state", "name", "etag", "create_time", "promises_full_gift", "nothing", "", "display_name.x", "*", "display_name,state"} {
		_, err := merge(&donationsv1.Fund{DisplayName: "Spring"}, "display_name", path)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "updateMask" {
			t.Errorf("%q: %v", path, err)
		}
	}
	// A change of nothing is none.
	for _, nothing := range []*donationsv1.Fund{{}, {Name: "funds/winter", Etag: "v1"}} {
		if _, err := merge(nothing); fault.As(err) == nil || fault.As(err).Violations[0].Field != "updateMask" {
			t.Errorf("nothing to change: %v", err)
		}
	}
	// What never changes may be sent as it is, and not otherwise.
	_, err := merge(&donationsv1.Fund{DisplayName: "Spring", ReserveBasisPoints: proto.Int32(100)})
	if f := fault.As(err); f == nil || f.Violations[0].Field != "reserveBasisPoints" {
		t.Errorf("another share: %v", err)
	}
}

func TestWhoHasSeenAnotherVersionChangesNothing(t *testing.T) {
	t.Parallel()
	now := revision.Etag(41)
	for _, test := range []struct {
		etag, header string
		fresh        bool
	}{
		{"", "", true}, {now, "", true}, {revision.Etag(40), "", false}, {"*", "", false}, {`"` + now + `"`, "", false},
		{"", `"` + now + `"`, true}, {"", `"` + revision.Etag(40) + `"`, false}, {"", "*", true}, {"", `"x", "` + now + `"`, true},
		{"", `W/"` + now + `"`, false}, {"", now, false}, {now, `"x"`, false}, {"x", "*", false},
	} {
		ctx := t.Context()
		if test.header != "" {
			ctx = metadata.NewIncomingContext(ctx, metadata.Pairs("if-match", test.header))
		}
		err := revision.Check(ctx, test.etag, 41)
		if (err == nil) != test.fresh || err != nil && !fault.OfKind(err, fault.Aborted) {
			t.Errorf("etag %q, header %q: %v", test.etag, test.header, err)
		}
	}
}
