// Package revision changes resources field by field: what an update mask asks for, and
// only where the caller has seen the resource as it is.
package revision

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// all stands in a mask for every field that can be changed.
const all = "*"

// Merge returns now with the fields of the mask as given has them; changeable are the
// fields that a mask may name. Without a mask these are the fields that given has set:
// what is output only is left alone then, and what never changes must be as it is. A
// change of nothing is refused.
func Merge[M proto.Message](now, given M, mask *fieldmaskpb.FieldMask, changeable ...protoreflect.Name) (M, error) {
	var none M
	paths, err := named(given.ProtoReflect(), mask, changeable)
	if err == nil && paths == nil {
		paths, err = set(now.ProtoReflect(), given.ProtoReflect(), changeable)
	}
	if err != nil {
		return none, err
	}
	if len(paths) == 0 {
		return none, fault.Field("updateMask", fault.FieldRequired, "must name what is to be changed, or the resource must have it set: "+list(changeable))
	}
	merged := proto.Clone(now).(M)
	to, from := merged.ProtoReflect(), given.ProtoReflect()
	for _, name := range paths {
		f := from.Descriptor().Fields().ByName(name)
		if to.Clear(f); from.Has(f) {
			to.Set(f, from.Get(f))
		}
	}
	return merged, nil
}

// named are the fields that a mask names, nil for an empty one.
func named(given protoreflect.Message, mask *fieldmaskpb.FieldMask, changeable []protoreflect.Name) ([]protoreflect.Name, error) {
	if len(mask.GetPaths()) == 1 && mask.GetPaths()[0] == all {
		return changeable, nil
	}
	var names []protoreflect.Name
	for _, path := range mask.GetPaths() {
		f := given.Descriptor().Fields().ByName(protoreflect.Name(path))
		if f == nil {
			f = given.Descriptor().Fields().ByJSONName(path)
		}
		if f == nil || !slices.Contains(changeable, f.Name()) {
			return nil, fault.Field("updateMask", fault.FieldUnknownValue, "must name fields that can be changed: "+list(changeable))
		}
		names = append(names, f.Name())
	}
	return names, nil
}

// set are the changeable fields that given has.
func set(now, given protoreflect.Message, changeable []protoreflect.Name) ([]protoreflect.Name, error) {
	names, fields := []protoreflect.Name{}, given.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case !given.Has(f) || f.Name() == "etag":
		case slices.Contains(changeable, f.Name()):
			names = append(names, f.Name())
		case !outputOnly(f) && !given.Get(f).Equal(now.Get(f)):
			return nil, fault.Field(f.JSONName(), fault.FieldMismatch, "never changes")
		}
	}
	return names, nil
}

// outputOnly reports whether a field is the server's alone.
func outputOnly(f protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY)
}

func list(names []protoreflect.Name) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = string(n)
	}
	return strings.Join(words, ", ")
}

// Etag is the etag of a resource at a version.
func Etag(version int64) string { return "v" + strconv.FormatInt(version, 36) }

// Check refuses a change by who has seen another version than the present one: by the
// etag of the resource in the request, and by the header If-Match.
func Check(ctx context.Context, etag string, version int64) error {
	if etag != "" && etag != Etag(version) {
		return stale()
	}
	for _, header := range metadata.ValueFromIncomingContext(ctx, "if-match") {
		if !matches(header, Etag(version)) {
			return stale()
		}
	}
	return nil
}

// matches reports whether a header If-Match lists an etag; a weak one never matches.
func matches(header, etag string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(one string) bool {
		one = strings.TrimSpace(one)
		return one == "*" || one == `"`+etag+`"`
	})
}

func stale() error {
	return fault.New(fault.Aborted, fault.ReasonEtagMismatch, "Somebody has changed it since you read it; nothing was changed.")
}
