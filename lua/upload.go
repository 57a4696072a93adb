package lua

import (
	"fmt"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/vm"
)

// installFiles makes _FILES. Names nest as those of fields do: several files of
// photos[] are the list _FILES.photos.
func installFiles(L *glua.LState) {
	run := runOf(L)
	files, err := run.r.Files()
	if err != nil {
		vm.Raise(L, err)
	}
	fields := make([]cgi.Field, len(files))
	for i, f := range files {
		fields[i].Name = f.Field
	}
	setGlobal(L, "_FILES", formTable(L, fields, nil, func(field int) glua.LValue { return run.uploadTable(L, field) }))
}

// uploadTable returns the table that pages see of the file field i of the request,
// the same on every call.
func (run *run) uploadTable(L *glua.LState, i int) *glua.LTable {
	files, err := run.r.Files()
	if err != nil {
		vm.Raise(L, err)
	}
	if run.uploads == nil {
		run.uploads = make([]*glua.LTable, len(files))
	}
	if t := run.uploads[i]; t != nil {
		return t
	}
	f := &files[i]
	t := L.CreateTable(0, 5)
	t.RawSetString("name", glua.LString(f.Name))
	t.RawSetString("type", glua.LString(f.Type))
	t.RawSetString("size", glua.LNumber(f.Size))
	if f.Missing {
		t.RawSetString("error", glua.LString("no file was chosen"))
	} else {
		t.RawSetString("path", glua.LString(f.Path))
	}
	t.Metatable = run.uploadType(L)
	run.uploads[i] = t
	return t
}

// uploadType returns the metatable of uploads.
func (run *run) uploadType(L *glua.LState) *glua.LTable {
	const name = "lcgi.upload"
	if mt, ok := L.GetTypeMetatable(name).(*glua.LTable); ok {
		return mt
	}
	mt := L.NewTypeMetatable(name)
	save := L.NewFunction(uploadSave)
	mt.RawSetString("__index", L.NewFunction(func(L *glua.LState) int {
		switch name := L.Get(2).String(); name {
		case "save":
			L.Push(save)
		case "path", "error":
			L.Push(glua.LNil)
		default:
			L.RaiseError("an upload has no member %q; it has name type size path error save. "+
				"The name of a field with several files must end in []; then it is a list of uploads", name)
		}
		return 1
	}))
	return mt
}

// upload:save(path) moves an uploaded file to where it stays, in place of what is
// there. A path that is not absolute counts from the page's folder. It returns the
// absolute path.
func uploadSave(L *glua.LState) int {
	run := runOf(L)
	t, ok := L.Get(1).(*glua.LTable)
	if !ok {
		L.ArgError(1, "an upload of _FILES expected; it is called with a colon, as _FILES.name:save(path)")
	}
	file := run.machine.Path(L.CheckString(2))
	refuse := func(err error) {
		vm.Raise(L, fmt.Errorf("the upload cannot be saved as %.200q: %w", L.CheckString(2), err))
	}
	var found bool
	for _, upload := range run.uploads {
		found = found || upload == t
	}
	from, ok := t.RawGetString("path").(glua.LString)
	switch {
	case !found:
		L.ArgError(1, "an upload of _FILES expected")
	case !ok:
		refuse(fmt.Errorf("no file was chosen; look at error first"))
	}
	if err := checkUploadName(L.CheckString(2), run.engine.cfg.Extensions); err != nil {
		refuse(err)
	}
	if err := moveFile(string(from), file); err != nil {
		refuse(err)
	}
	t.RawSetString("path", glua.LString(file))
	L.Push(glua.LString(file))
	return 1
}
