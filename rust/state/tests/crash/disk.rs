//! The machine as a writer of segments sees it.

use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use baton_state::segment::disk::{Disk, DiskFile, Moment};

use crate::machine::Machine;

pub struct CrashDisk(pub Rc<RefCell<Machine>>);

pub struct CrashFile(Rc<RefCell<Machine>>, usize);

impl Disk for CrashDisk {
    type File = CrashFile;

    fn create_new(&mut self, path: &Path) -> io::Result<CrashFile> {
        let file = self.0.borrow_mut().create(path)?;
        Ok(CrashFile(self.0.clone(), file))
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.0.borrow_mut().remove(path)
    }

    fn sync_folder(&mut self, _dir: &Path) -> io::Result<()> {
        self.0.borrow_mut().sync_folder()
    }

    fn now(&self) -> Moment {
        self.0.borrow().now()
    }
}

impl DiskFile for CrashFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(self.1, bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.0.borrow_mut().sync(self.1)
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.0.borrow_mut().truncate(self.1, bytes)
    }

    fn has_name(&self) -> io::Result<bool> {
        self.0.borrow_mut().has_name(self.1)
    }
}
