//! The one server that every client is measured against: plain HTTP/1.1 on 127.0.0.1, with literal answers, on threads of
//! its own. The model's name says what it does: `gemini-stream-N` streams N frames, `gemini-hold` one, and then waits.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &str = r#"{
  "candidates": [
    {
      "content": {"parts": [{"text": "The sky is blue because air scatters short waves of light more than long ones, so that blue reaches the eye from every direction."}], "role": "model"},
      "finishReason": "STOP",
      "index": 0
    }
  ],
  "usageMetadata": {"promptTokenCount": 8, "candidatesTokenCount": 27, "totalTokenCount": 35, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 8}]},
  "modelVersion": "gemini-bench",
  "responseId": "bench-1"
}
"#;
const FRAME: &str = concat!(
    r#"data: {"candidates": [{"content": {"parts": [{"text": "some words "}],"role": "model"},"index": 0}],"#,
    r#""usageMetadata": {"promptTokenCount": 8,"candidatesTokenCount": 2,"totalTokenCount": 10},"modelVersion": "gemini-bench","responseId": "bench-1"}"#,
    "\r\n\r\n"
);
const LAST: &str = concat!(
    r#"data: {"candidates": [{"content": {"parts": [{"text": "end"}],"role": "model"},"finishReason": "STOP","index": 0}],"#,
    r#""usageMetadata": {"promptTokenCount": 8,"candidatesTokenCount": 2,"totalTokenCount": 10},"modelVersion": "gemini-bench","responseId": "bench-1"}"#,
    "\r\n\r\n"
);
const STREAM: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
/// Frames that leave in one write.
const TOGETHER: usize = 16;
const DONE: &str = r#"{"file": {"name": "files/bench", "uri": "http://127.0.0.1/files/bench", "mimeType": "application/octet-stream", "sizeBytes": "1073741824", "state": "ACTIVE"}}"#;

/// Starts it and returns its address.
pub fn start() -> std::io::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let base = format!("http://{}", listener.local_addr()?);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let address = base.clone();
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).expect("listener");
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let base = address.clone();
                tokio::spawn(async move {
                    let _ = connection(stream, &base).await;
                });
            }
        });
    });
    Ok(base)
}

struct Head {
    target: String,
    length: u64,
    is_chunked: bool,
    expects: bool,
    command: String,
}

async fn connection(stream: TcpStream, base: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::with_capacity(256 * 1024, stream);
    while let Some(head) = head(&mut stream).await? {
        if head.expects {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        match head.is_chunked {
            true => chunks(&mut stream).await?,
            false => swallow(&mut stream, head.length).await?,
        }
        answer(&mut stream, &head, base).await?;
    }
    Ok(())
}

async fn answer(stream: &mut BufReader<TcpStream>, head: &Head, base: &str) -> std::io::Result<()> {
    if head.target.contains(":streamGenerateContent") {
        return frames(stream, &head.target).await;
    }
    let (headers, body) = match head.command.as_str() {
        "start" => (
            format!("x-goog-upload-status: active\r\nx-goog-upload-url: {base}/upload/piece\r\n"),
            "{}",
        ),
        "upload" => ("x-goog-upload-status: active\r\n".to_owned(), ""),
        "" => (String::new(), ANSWER),
        _ => ("x-goog-upload-status: final\r\n".to_owned(), DONE),
    };
    let length = body.len();
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(reply.as_bytes()).await
}

async fn frames(stream: &mut BufReader<TcpStream>, target: &str) -> std::io::Result<()> {
    stream.write_all(STREAM.as_bytes()).await?;
    let named: Option<usize> =
        target.split("gemini-stream-").nth(1).and_then(|rest| rest.split(':').next()?.parse().ok());
    let Some(mut left) = named else {
        stream.write_all(chunk(FRAME).as_bytes()).await?;
        // Until the client has gone.
        return stream.read_u8().await.map(drop);
    };
    let many = chunk(&FRAME.repeat(TOGETHER));
    while left > TOGETHER {
        stream.write_all(many.as_bytes()).await?;
        left -= TOGETHER;
    }
    let rest = FRAME.repeat(left.saturating_sub(1)) + LAST;
    stream.write_all((chunk(&rest) + "0\r\n\r\n").as_bytes()).await
}

fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

/// Reads a request head; `None` once the client has gone.
async fn head(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Head>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut head =
        Head { target, length: 0, is_chunked: false, expects: false, command: String::new() };
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { return Ok(Some(head)) };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => head.length = value.parse().unwrap_or(0),
            "transfer-encoding" => head.is_chunked = true,
            "expect" => head.expects = true,
            "x-goog-upload-command" => head.command = value.to_owned(),
            _ => {}
        }
    }
}

async fn swallow(stream: &mut BufReader<TcpStream>, mut left: u64) -> std::io::Result<()> {
    while left > 0 {
        let ready = stream.fill_buf().await?.len();
        if ready == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let taken = ready.min(usize::try_from(left).unwrap_or(ready));
        stream.consume(taken);
        left -= taken as u64;
    }
    Ok(())
}

async fn chunks(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let size = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
        swallow(stream, size + 2).await?;
        if size == 0 {
            return Ok(());
        }
    }
}
