package types

// Files is annotations, for tests that compare them with what pages meet.
var Files = annotations
