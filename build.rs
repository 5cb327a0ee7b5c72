//! The pages are embedded from `web/dist`. Building the service never needs Node: a missing folder is made empty, and `serve`
//! then says that the pages have to be built first.

fn main() {
    let dist = std::path::Path::new("web/dist");
    if !dist.exists() {
        std::fs::create_dir_all(dist).expect("web/dist can be made");
    }
    println!("cargo:rerun-if-changed=web/dist");
    println!("cargo:rerun-if-changed=migrations");
}
