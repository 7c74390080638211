//! The files of a world's home: the user's own, and those that hallpass keeps there.
//!
//! In: names below the home. Out: what the files say; changes that time, another program or another server would make.

use super::World;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

impl World {
    /// Returns the path of this name in the home.
    pub fn path(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.home.path().to_owned(), |path, part| path.join(part))
    }

    /// Returns the path of the ADC file.
    pub fn adc(&self) -> PathBuf {
        self.path("gcloud/application_default_credentials.json")
    }

    /// Moves the sign-in elsewhere and leaves a link, as managers of dotfiles do.
    #[cfg(unix)]
    #[expect(clippy::disallowed_methods, reason = "some other program's doing")]
    pub fn link_the_sign_in(&self) {
        fs::rename(self.adc(), self.path("elsewhere.json")).expect("move");
        std::os::unix::fs::symlink(self.path("elsewhere.json"), self.adc()).expect("link");
    }

    /// Writes a file of the home, and its folder.
    #[expect(clippy::disallowed_methods, reason = "a file that some other program wrote")]
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("folder")).expect("folder");
        fs::write(path, text).expect("write");
    }

    /// Reads a file of the home.
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        fs::read_to_string(self.home.path().join(path)).expect("read")
    }

    /// Reads a JSON file of the home.
    pub fn json(&self, path: impl AsRef<Path>) -> Value {
        serde_json::from_str(&self.read(path)).expect("JSON")
    }

    /// Returns the permission bits of a file of the home.
    #[cfg(unix)]
    pub fn mode(&self, path: impl AsRef<Path>) -> u32 {
        let path = self.home.path().join(path);
        let metadata = fs::metadata(path).expect("metadata");
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777
    }

    /// Makes a file of the home a program.
    #[cfg(unix)]
    pub fn make_executable(&self, name: &str) {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(self.path(name), mode).expect("mode");
    }

    /// All files of the home, below its folders too.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("folder") {
                let path = entry.expect("entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let below = path.strip_prefix(&self.home).expect("below").display();
                    files.push(below.to_string().replace('\\', "/"));
                }
            }
        }
        files.sort();
        files
    }

    /// Returns the names of all side records.
    pub fn side_records(&self) -> Vec<String> {
        let all = self.files().into_iter();
        all.filter(|file| file.starts_with("hallpass/grants/") && file.ends_with(".json")).collect()
    }

    /// Deletes hallpass's own folder.
    pub fn forget_side_records(&self) {
        fs::remove_dir_all(self.path("hallpass")).expect("remove");
    }

    /// Has every sign-in made at another server, as its side record says.
    pub fn move_side_record(&self, origin: &str) {
        for file in self.side_records() {
            let mut record = self.json(&file);
            record["auth_uri"] = format!("{origin}/o/oauth2/v2/auth").into();
            record["token_uri"] = format!("{origin}/token").into();
            self.write(&file, &record.to_string());
        }
    }

    /// Moves the end of every saved access token into the past, as the passing of time would.
    pub fn expire_access_token(&self) {
        for file in self.side_records() {
            let mut record = self.json(&file);
            assert!(record["access_token_expires_at"].is_u64(), "{record}");
            record["access_token_expires_at"] = 1_577_836_800.into();
            self.write(&file, &record.to_string());
        }
    }

    /// Names another token server in the client file.
    pub fn use_token_uri(&self, token_uri: &str) {
        let mut file = self.json("client_secret.json");
        file["installed"]["token_uri"] = token_uri.into();
        self.write("client_secret.json", &file.to_string());
    }
}
