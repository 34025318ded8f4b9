package staff

import "time"

// AnnouncementKind is what happened about a colleague. The zero kind is invalid.
type AnnouncementKind string

// The kinds, as the contract has them.
const (
	StaffProposed  AnnouncementKind = "STAFF_PROPOSED"
	Enrolled       AnnouncementKind = "ENROLLED"
	RoleProposed   AnnouncementKind = "ROLE_PROPOSED"
	RoleGranted    AnnouncementKind = "ROLE_GRANTED"
	RoleInQuestion AnnouncementKind = "ROLE_IN_QUESTION"
	RoleRevoked    AnnouncementKind = "ROLE_REVOKED"
	RoleEnding     AnnouncementKind = "ROLE_ENDING"
	FreezeAsked    AnnouncementKind = "FREEZE_PROPOSED"
	SomebodyFrozen AnnouncementKind = "FROZEN"
	FreezeExtended AnnouncementKind = "FREEZE_EXTENDED"
	Unfrozen       AnnouncementKind = "UNFROZEN"
)

// Announcement is something that all colleagues are told.
type Announcement struct {
	ID   string
	Kind AnnouncementKind
	// Staff is the ID of whom it is about, Actor that of who did it, empty where nobody
	// did.
	Staff string
	Role  Role // empty where it is about none
	Actor string
	At    time.Time
}
