//! Objects that JavaScript refers to by number.

use std::cell::RefCell;

use crate::failure::Failure;

/// A number for each object that JavaScript holds.
pub struct Handles<T> {
    slots: RefCell<Slots<T>>,
}

struct Slots<T> {
    objects: Vec<Slot<T>>,
    free: Vec<u32>,
}

enum Slot<T> {
    Free,
    /// A call works with the object.
    InUse,
    Holds(Box<T>),
}

impl<T> Handles<T> {
    pub const fn new() -> Self {
        Self {
            slots: RefCell::new(Slots {
                objects: Vec::new(),
                free: Vec::new(),
            }),
        }
    }

    /// Keeps an object until [`free`](Self::free).
    pub fn keep(&self, object: T) -> u32 {
        let Slots { objects, free } = &mut *self.slots.borrow_mut();
        let slot = Slot::Holds(Box::new(object));
        match free.pop() {
            Some(handle) => {
                objects[handle as usize] = slot;
                handle
            }
            None => {
                objects.push(slot);
                (objects.len() - 1) as u32
            }
        }
    }

    /// Drops an object. Nothing happens where there is none.
    pub fn free(&self, handle: u32) {
        let Slots { objects, free } = &mut *self.slots.borrow_mut();
        if let Some(slot @ Slot::Holds(_)) = objects.get_mut(handle as usize) {
            *slot = Slot::Free;
            free.push(handle);
        }
    }

    /// Runs `work` with an object.
    ///
    /// # Errors
    /// If there is none, or if a call further up works with it: one that asks a function of JavaScript.
    pub fn with<R>(
        &self,
        handle: u32,
        work: impl FnOnce(&mut T) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let mut object = self.take(handle)?;
        let result = work(&mut object);
        if let Some(slot) = self.slots.borrow_mut().objects.get_mut(handle as usize) {
            *slot = Slot::Holds(object);
        }
        result
    }

    fn take(&self, handle: u32) -> Result<Box<T>, Failure> {
        let objects = &mut self.slots.borrow_mut().objects;
        let missing = || Failure::new("object.disposed", "the object was disposed of");
        let slot = objects.get_mut(handle as usize).ok_or_else(missing)?;
        match std::mem::replace(slot, Slot::InUse) {
            Slot::Holds(object) => Ok(object),
            Slot::InUse => Err(Failure::new(
                "object.in_use",
                "the object is in use by a call that has not returned",
            )),
            Slot::Free => {
                *slot = Slot::Free;
                Err(missing())
            }
        }
    }
}
